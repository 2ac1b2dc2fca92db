"""How images were made, for people and for machines. No control character gets through."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lightmeter.read.metadata.generation import Generation
from lightmeter.report.hostile import lines, one_line, well_formed

Made = Sequence[tuple[str, Generation]]


def print_generations(found: Made, out: Console | None = None) -> None:
    """A block per image: its name and tool, then what is known, each on its own lines."""
    out = out or Console()
    for name, made in found:
        out.print(Text.assemble((one_line(name), "bold"), "  ", (one_line(made.tool), "cyan")))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column()
        table.add_column(overflow="fold")
        for label, value in _rows(made):
            table.add_row(Text(label, style="dim"), Text(value))
        out.print(Padding(table, (0, 0, 1, 2)))
    read = sum(made.prompt is not None for _, made in found)
    out.print(f"{read} of {len(found)} with a prompt", highlight=False)


def print_json_lines(found: Made, out: Console | None = None) -> None:
    """One JSON object per image: its name, and all of `Generation`, null where not known."""
    out = out or Console()
    for name, made in found:
        known = {key: _safe(value) for key, value in asdict(made).items()}
        # All but ASCII is escaped, so no control or direction override reaches a terminal.
        line = json.dumps({"image": well_formed(name), **known}).replace("\x7f", "\\u007f")
        out.file.write(f"{line}\n")


def _safe(value: object) -> object:
    return (well_formed(value) or None) if isinstance(value, str) else value


def _rows(made: Generation) -> Iterator[tuple[str, str]]:
    if made.prompt is None and made.reason:
        yield "none", one_line(made.reason)
    for label, words in (("prompt", made.prompt), ("negative", made.negative)):
        if words is not None:
            yield label, lines(words)
    settings = (
        "" if made.seed is None else f"seed {made.seed}",
        "" if made.steps is None else f"{made.steps} steps",
        made.sampler,
        "" if made.cfg is None else f"cfg {made.cfg:g}",
        made.size,
        made.model,
    )
    if any(settings):
        yield "settings", one_line(", ".join(filter(None, settings)))
    if made.origin:
        yield "read from", one_line(made.origin)
