"""`gate.md`: a gate as a comment under a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lightmeter.compare.gate import KINDS, Check, Gate, decided
from lightmeter.report.gate_words import SYMBOLS, asked, notes, sorted_checks
from lightmeter.report.hostile import code, markdown


def gate_summary(gate: Gate) -> str:
    """The verdict, what does not pass, and folded away what does, in GitHub's Markdown."""
    outcome = decided(gate)
    checks = sorted_checks(gate)
    parts = [
        f"# {SYMBOLS[outcome.decision]} {markdown(outcome.headline)}",
        *_table([each for each in checks if each.status != "pass"]),
        *_folded([each for each in checks if each.status == "pass"]),
        "\n".join(f"- {markdown(note)}" for note in (*notes(gate), asked(gate))),
    ]
    return "\n\n".join(parts) + "\n"


def _table(checks: Sequence[Check]) -> Iterator[str]:
    if checks:
        rows = [("", "what", "asked", "wanted", "found", "images"), ("---",) * 6, *map(_cells, checks)]
        yield "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cells(check: Check) -> tuple[str, ...]:
    return (
        f"{SYMBOLS[check.status]} {check.status}",
        code(check.name),
        KINDS[check.kind],
        markdown(check.wanted),
        markdown(check.found),
        ", ".join(map(code, check.images)),
    )


def _folded(checks: Sequence[Check]) -> Iterator[str]:
    if checks:
        yield f"<details><summary>{len(checks)} checks pass</summary>"
        yield from _table(checks)
        yield "</details>"
