"""A gate in a terminal, or as annotations that GitHub shows beside a pull request.

A line never begins with a name out of a file: GitHub would run `::error` and its like as commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.text import Text

from lightmeter.compare.gate import KINDS, Gate, Status, decided
from lightmeter.read.harmless import command_data, command_property
from lightmeter.report.gate_words import SYMBOLS, asked, notes, sorted_checks, told
from lightmeter.report.gate_write import write_gate
from lightmeter.report.hostile import one_line

Format = Literal["text", "github"]

_STYLES: dict[Status, str] = {"fail": "bold red", "unmeasured": "bold yellow", "warn": "yellow"}
_COMMANDS: dict[Status, str] = {"fail": "error", "unmeasured": "error", "warn": "warning"}


def finished_gate(gate: Gate, out: Path | None, shape: Format, console: Console | None = None) -> int:
    """Write a gate where asked, print it, and return the exit code."""
    files = write_gate(gate, out) if out is not None else []
    shown = console or Console()
    print_gate(gate, shape, shown)
    if files and shape == "text":
        shown.print(Text(f"  {len(files)} files in {one_line(str(out))}", "dim"), soft_wrap=True)
    return decided(gate).exit_code


def print_gate(gate: Gate, shape: Format, console: Console) -> None:
    """The verdict, then every check that does not pass."""
    if shape == "github":
        for command in commands(gate):
            console.out(command, highlight=False)
        return
    for line in _lines(gate):
        console.print(line, soft_wrap=True)


def commands(gate: Gate) -> Iterator[str]:
    """An error for each check that fails or cannot be told, a warning for each undecided."""
    outcome = decided(gate)
    level = "error" if outcome.exit_code else "notice"
    yield f"::{level} title=lightmeter gate::{command_data(outcome.headline)}"
    for each in sorted_checks(gate):
        if each.status in _COMMANDS:
            title = command_property(f"{each.name}: {KINDS[each.kind]}")
            yield f"::{_COMMANDS[each.status]} title={title}::{command_data(told(each))}"


def _lines(gate: Gate) -> Iterator[Text]:
    outcome = decided(gate)
    yield Text(f"{SYMBOLS[outcome.decision]} {one_line(outcome.headline)}", "bold")
    for each in sorted_checks(gate):
        if each.status != "pass":
            mark = Text(f"  {SYMBOLS[each.status]} ", _STYLES.get(each.status, "dim"))
            yield mark.append(one_line(f"{each.name}, {KINDS[each.kind]}: {told(each)}"), "not bold")
    passed = sum(each.status == "pass" for each in gate.checks)
    yield Text(f"  {SYMBOLS['pass']} {passed} of {len(gate.checks)} checks pass")
    for note in (*notes(gate), asked(gate)):
        yield Text(f"  ({one_line(note)})", "dim")
