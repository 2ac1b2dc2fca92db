"""A comparison in a terminal, and its files. Names are printed as text: no markup, no escape codes."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lightmeter.compare.comparison import Answer, Comparison
from lightmeter.compare.contrast import LEVEL
from lightmeter.report import contrast_words as words
from lightmeter.report.contrast_write import write_comparison
from lightmeter.report.hostile import one_line

STYLES: dict[Answer, str] = {
    "better": "blue",
    "worse": "bold red",
    "higher": "blue",
    "lower": "blue",
    "no difference shown": "",
    "too few images": "dim",
}
_MOST_PHRASES, _NAME = 8, 20


def finished_comparison(comparison: Comparison, out: Path | None, console: Console | None = None) -> int:
    """Write a comparison where asked, print it, and return the exit code."""
    files = write_comparison(comparison, out) if out is not None else []
    shown = console or Console()
    print_comparison(comparison, shown)
    if out is not None:
        page = next(file for file in files if file.suffix == ".html")
        shown.print(Text(f"\n{len(files)} files in {one_line(str(out))}; open {one_line(str(page))}"))
    return 0


def print_comparison(comparison: Comparison, console: Console) -> None:
    """The answer for each variant, then the figures behind it."""
    for variant, answer in words.answers(comparison):
        named = f"{variant or '(no variant)'} against {comparison.baseline or '(no variant)'}: "
        console.print(Text(one_line(named) + " ", "bold").append(one_line(answer), "not bold"))
    for variant in comparison.variants:
        console.print(_table(comparison, variant))
        for row in (row for row in comparison.rows if row.variant == variant):
            for note in row.notes:
                console.print(Text(f"  {one_line(words.named(row))}: {one_line(note)}", "dim"))
    _print_phrases(comparison, console)
    console.print(Text(one_line(words.method(comparison)), "dim"))


def _table(comparison: Comparison, variant: str) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    heads = (one_line(variant) or "(no variant)", "difference", "95 % interval", "p", "verdict")
    rows = [row for row in comparison.rows if row.variant == variant]
    longest = max(len(words.named(row)) for row in rows)
    for i, head in enumerate(heads):
        least = min(longest, _NAME) if i == 0 else None
        table.add_column(Text(head), justify="right" if i == 3 else "left", overflow="fold", min_width=least)
    for row in rows:
        table.add_row(
            Text(one_line(words.named(row))),
            Text(one_line(words.change(row))),
            Text(words.within(row)),
            Text(words.chance(row.p_adjusted)),
            Text(words.verdict(row), STYLES[row.verdict]),
        )
    return table


def _print_phrases(comparison: Comparison, console: Console) -> None:
    shown = [each for each in comparison.phrases if each.p_adjusted <= LEVEL]
    if shown:
        console.print(Text("phrases that moved a measurement:", "bold"))
    for each in shown[:_MOST_PHRASES]:
        console.print(Text(one_line(f"  {each.phrase}: {each.measurement} {words.phrase_effect(each)}")))
