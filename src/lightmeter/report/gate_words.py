"""A gate in words, the same in the terminal, JUnit, the summary and the page."""

from __future__ import annotations

from collections.abc import Iterator

from lightmeter.compare.gate import Check, Gate, Status

SYMBOLS: dict[Status, str] = {"pass": "✓", "warn": "!", "fail": "✕", "unmeasured": "–", "skipped": "·"}
"""Every status has a symbol, so that no report depends on colour."""

STATUSES: tuple[Status, ...] = ("fail", "unmeasured", "warn", "skipped", "pass")


def sorted_checks(gate: Gate) -> list[Check]:
    """The gravest first."""
    return sorted(gate.checks, key=lambda each: STATUSES.index(each.status))


def told(check: Check) -> str:
    """`wanted at least 90 % pass: 3 of 10 images pass`, with the images to look at."""
    images = f"; see {', '.join(check.images)}" if check.images else ""
    return f"wanted: {check.wanted}; found: {check.found}{images}"


def asked(gate: Gate) -> str:
    """What was compared, and how sure its answers are."""
    under = f" under {gate.rubric}" if gate.rubric else ""
    return (
        f"{gate.run}{under}: {gate.counts[0]} images, against {gate.baseline}: {gate.counts[1]}. "
        f"All questions of regression together raise a false alarm in at most {100 * gate.level:g} % "
        "of gates (Holm)."
    )


def notes(gate: Gate) -> Iterator[str]:
    """What a reader must know, beginning with what was undecided."""
    if any(each.status == "warn" for each in gate.checks):
        yield "undecided (!): neither worse than the margin nor surely within it; more images would tell"
    yield from gate.notes
