"""A run and an image in a terminal. Names and prompts are printed as text: no markup, no escape codes."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lightmeter.judge.outcome import Outcome
from lightmeter.judge.run import Decision, Run, Verdict
from lightmeter.report.demanded import demands, tally
from lightmeter.report.figures import SYMBOLS, figure, give_or_take, interval, score, share, with_unit
from lightmeter.report.gaps import gaps, not_read
from lightmeter.report.hostile import one_line
from lightmeter.report.scales import Scale, scales

STYLES: dict[Decision, str] = {"pass": "blue", "warn": "yellow", "fail": "bold red", "unmeasured": "dim"}
WORST, REASONS, FILES, CELLS, DEMANDS = 5, 12, 5, 24, 12


def print_run(run: Run, outcome: Outcome, console: Console) -> None:
    """Headline, variants, the criteria that most images miss, and what could not be measured."""
    console.print(_decided(outcome.decision).append(f"  {one_line(outcome.headline)}"))
    if run.totals:
        console.print(_variants(run))
        for table in _worst(run):
            console.print(table)
    for part in _asked(run):
        console.print(part)
    for line in _reasons(run):
        console.print(line)


def print_image(run: Run, image: str, console: Console) -> None:
    """One row per criterion of one image: what it has, what is wanted, and why that matters."""
    record = next((r for r in run.images if r.image == image), None)
    if record is None:
        console.print(Text(f"no image {one_line(image)} in this run"))
        return
    console.print(_plain(image, "bold"))
    verdicts = [v for v in run.verdicts if v.image == image]
    if record.status != "measured":
        console.print(_plain(record.reason))
        return
    for note in record.notes:
        console.print(_plain(note, "dim"))
    for part in _explained(run, verdicts) if verdicts else (_values(run, image),):
        console.print(part)


def _variants(run: Run) -> Table:
    table = _table("variant", "images", "pass", "score", "worst criterion", right=(1, 2, 3))
    for total in run.totals:
        worst = f"{total.worst} ({share(total.worst_share)} pass)" if total.worst else SYMBOLS["unmeasured"]
        table.add_row(
            _plain(total.variant or "(no variant)"),
            Text(str(total.images)),
            Text(share(total.pass_share)),
            Text(score(total.mean_low, total.mean_high)),
            _plain(worst),
        )
    return table


def _worst(run: Run) -> Iterator[Table]:
    """The criteria that the fewest images of any one variant pass."""
    missed = [(s.pass_share, s) for s in run.variants if s.pass_share is not None and s.pass_share < 1]
    if not missed:
        return
    table = _table("missed most", "variant", "pass", "mean", "wanted", right=(2, 3))
    for passed, row in sorted(missed, key=lambda pair: (pair[0], pair[1].criterion, pair[1].variant))[:WORST]:
        wanted = interval(run.criterion(row.criterion).pass_, row.unit)
        cells = (row.criterion, row.variant or "(no variant)", share(passed), with_unit(row.mean, row.unit))
        table.add_row(*map(_plain, (*cells, wanted)))
    yield table


def _asked(run: Run) -> Iterator[Text | Table]:
    """What the prompts asked for, most often missed first."""
    if not run.specification:
        return
    yield Text(tally(run), "bold")
    table = _table("asked for", "measurement", "wanted", "met", "not met", "unmeasured", right=(3, 4, 5))
    for each in sorted(demands(run), key=lambda d: (-d.missed, d.unmeasured))[:DEMANDS]:
        counts = (each.met, each.missed, each.unmeasured)
        table.add_row(*map(_plain, (each.words, each.measurement, each.wanted, *map(str, counts))))
    yield table


def _reasons(run: Run) -> Iterator[Text]:
    found, files = sorted(gaps(run), key=lambda gap: -gap.count), not_read(run)
    if found:
        yield Text("not measured:", "bold")
    for gap in found[:REASONS]:
        yield _item(f"{gap.count} × {gap.measurement}: {gap.reason}")
    if len(found) > REASONS:
        yield Text(f"  and {len(found) - REASONS} more reasons, in the report")
    for file in files[:FILES]:
        yield _item(f"{file.status}: {file.image}: {file.reason}")
    if len(files) > FILES:
        yield Text(f"  and {len(files) - FILES} more files")


def _explained(run: Run, verdicts: list[Verdict]) -> Iterator[Text | Padding]:
    """Two lines a criterion, so that names and numbers stay whole in a narrow terminal."""
    axes = scales(run)
    names = max(len(verdict.criterion) for verdict in verdicts)
    for verdict in verdicts:
        criterion, reading = run.criterion(verdict.criterion), verdict.reading
        line = _decided(verdict.decision, word=False).append(" ")
        line.append(one_line(verdict.criterion).ljust(names + 2), "bold")
        line.append_text(_gauge(axes[verdict.criterion], reading.value))
        line.append(f"  {with_unit(reading.value, reading.unit, reading.error)}", "bold")
        yield line
        wanted = f"wanted {interval(criterion.pass_, reading.unit)}. "
        why = reading.reason if reading.value is None else criterion.why
        yield Padding(_plain(wanted + why, "dim"), (0, 0, 0, 2))


def _values(run: Run, image: str) -> Table:
    table = _table("measurement", "value", "unit", "reason", right=(1,))
    for reading in run.readings:
        if reading.image == image:
            value = figure(reading.value) + give_or_take(reading.error)
            cells = (reading.wanted.measurement, value, reading.unit, reading.reason)
            table.add_row(*map(_plain, cells))
    return table


def _gauge(scale: Scale, value: float | None) -> Text:
    """The axis in characters: `━` wanted, `─` tolerated, `·` neither, `●` the value."""
    gauge = Text()
    at = None if value is None else round(scale.share(value) * (CELLS - 1))
    for cell in range(CELLS):
        here = scale.lo + (scale.hi - scale.lo) * (cell + 0.5) / CELLS
        inside = scale.pass_[0] <= here <= scale.pass_[1]
        tolerated = scale.warn[0] <= here <= scale.warn[1]
        mark = "━" if inside else "─" if tolerated else "·"
        gauge.append(*(("●", "bold") if cell == at else (mark, "blue" if inside else "dim")))
    return gauge


def _decided(decision: Decision, word: bool = True) -> Text:
    return Text(f"{SYMBOLS[decision]} {decision}" if word else SYMBOLS[decision], STYLES[decision])


def _plain(text: str, style: str = "") -> Text:
    return Text(one_line(text), style)


def _item(text: str) -> Text:
    return Text("  ").append(one_line(text))


def _table(*headers: str, right: tuple[int, ...] = ()) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for i, header in enumerate(headers):
        table.add_column(header, justify="right" if i in right else "left", overflow="fold")
    return table
