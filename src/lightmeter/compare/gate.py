"""What a gate found, and the one function that decides: every report and the exit code ask it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from lightmeter.judge.outcome import ExitCode, Outcome, many
from lightmeter.judge.run import Decision

Kind = Literal["baseline", "measured", "limit", "bar", "regression"]
Status = Literal["pass", "warn", "fail", "unmeasured", "skipped"]

KINDS: dict[Kind, str] = {
    "baseline": "may be compared",
    "measured": "is measured",
    "limit": "no image beyond",
    "bar": "enough images pass",
    "regression": "no worse than the baseline",
}

_WRONG: dict[Kind, str] = {
    "baseline": "not comparable",
    "measured": "not measured",
    "limit": "an image beyond its limit",
    "bar": "too few images pass",
    "regression": "worse than the baseline",
}


@dataclass(frozen=True)
class Check:
    """One question and its answer.

    name: the criterion, or the measurement. wanted, found: in words and units. images: those to look at, the
    worst first. `warn`: too few images to tell; `skipped`: optional and not measured.
    """

    kind: Kind
    name: str
    status: Status
    wanted: str
    found: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gate:
    """A run against its baseline. counts: images of run and baseline; notes: what a reader must know."""

    run: str
    baseline: str
    checks: tuple[Check, ...]
    counts: tuple[int, int] = (0, 0)
    level: float = 0.05
    rubric: str = ""
    notes: tuple[str, ...] = ()


def decided(gate: Gate) -> Outcome:
    """Fail, exit 1, where any check fails; else unmeasured, exit 2, where any could not be asked or nothing
    was; else warn or pass, exit 0. A baseline that may not be compared with is exit 2 whatever else is."""
    refused = any(each.kind == "baseline" and each.status == "unmeasured" for each in gate.checks)
    found = Counter(each.status for each in gate.checks)
    order: tuple[Decision, ...] = ("fail", "unmeasured", "warn", "pass")
    decision: Decision = next((each for each in order if found[each]), "unmeasured")
    decision = "unmeasured" if refused else decision
    codes: dict[str, ExitCode] = {"fail": 1, "unmeasured": 2}
    return Outcome(decision, codes.get(decision, 0), _headline(gate, decision, found))


def _headline(gate: Gate, decision: Decision, found: Counter[Status]) -> str:
    asked = found.total() - found["skipped"]
    if decision == "pass":
        return f"the gate passes: {many(asked, 'check')}"
    if decision == "warn":
        return f"the gate passes: {many(asked, 'check')}, {found['warn']} undecided for want of images"
    named = [each for each in gate.checks if each.status == decision]
    told = ", ".join(f"{each.name} ({_wrong(each)})" for each in named[:3])
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    if decision == "fail":
        return f"the gate fails: {told}{more}"
    return f"the gate could not tell: {told}{more}" if named else "the gate could not tell: nothing was asked"


def _wrong(check: Check) -> str:
    return (
        "cannot be told" if check.kind != "baseline" and check.status == "unmeasured" else _WRONG[check.kind]
    )
