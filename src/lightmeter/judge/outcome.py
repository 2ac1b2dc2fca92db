"""The one function that decides: printed verdict, JUnit, HTML and exit code all ask it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lightmeter.judge.run import Decision, Run

ExitCode = Literal[0, 1, 2]


@dataclass(frozen=True)
class Outcome:
    """A run in one word, one number and one sentence."""

    decision: Decision
    exit_code: ExitCode
    headline: str


def outcome(run: Run, strict: bool) -> Outcome:
    """Decide on a run.

    The decision is the gravest of any image: fail, then unmeasured, warn, pass; unmeasured where no
    image has any value. Without a rubric nothing fails, and a refused image is what makes it unmeasured.

    Exit code 2: nothing could be measured; or `strict`, nothing fails, and the decision is unmeasured.
    Exit code 1: `strict` and the decision is fail. Exit code 0: all else.
    """
    if not _measured(run):
        return Outcome("unmeasured", 2, _nothing(run))
    decision = _gravest(_decisions(run))
    return Outcome(decision, _exit_code(decision) if strict else 0, _headline(run))


def _measured(run: Run) -> int:
    """How many images have any value; under a rubric, a value that it asks for."""
    if run.rubric is None:
        return len({r.image for r in run.readings if r.value is not None})
    return len({v.image for v in run.verdicts if v.decision != "unmeasured"})


def _decisions(run: Run) -> Counter[Decision]:
    """How many images have each decision."""
    if run.rubric is not None:
        return Counter(score.decision for score in run.scores)
    return Counter(
        "unmeasured" if i.status == "refused" else "pass" for i in run.images if i.status != "skipped"
    )


def _gravest(decisions: Counter[Decision]) -> Decision:
    order: tuple[Decision, ...] = ("fail", "unmeasured", "warn", "pass")
    return next((decision for decision in order if decisions[decision]), "unmeasured")


def _exit_code(decision: Decision) -> ExitCode:
    if decision == "fail":
        return 1
    return 2 if decision == "unmeasured" else 0


def _headline(run: Run) -> str:
    counts = _decisions(run)
    parts = _unjudged(run, counts) if run.rubric is None else _judged(run, counts)
    return "; ".join([*parts, *_skipped(run)])


def _unjudged(run: Run, counts: Counter[Decision]) -> Iterator[str]:
    yield f"{_measured(run)} of {many(counts.total(), 'image')} measured"
    if counts["unmeasured"]:
        yield f"{counts['unmeasured']} could not be read"


def _judged(run: Run, counts: Counter[Decision]) -> Iterator[str]:
    yield f"{counts['pass']} of {many(counts.total(), 'image')} {_verb(counts['pass'], 'pass', 'passes')}"
    if counts["fail"]:
        yield f"{counts['fail']} {_verb(counts['fail'], 'fail', 'fails')}, {_mostly(run)}"
    if counts["warn"]:
        yield f"{counts['warn']} only {_verb(counts['warn'], 'warn', 'warns')}"
    if counts["unmeasured"]:
        yield f"{counts['unmeasured']} could not be measured"


def _mostly(run: Run) -> str:
    """What is failed: "mostly pores (6)", "all on pores"; for a single image, the names."""
    failing = Counter(v.criterion for v in run.verdicts if v.decision == "fail")
    images = len({v.image for v in run.verdicts if v.decision == "fail"})
    names = sorted(failing, key=lambda criterion: (-failing[criterion], criterion))
    if images == 1:
        return "on " + ", ".join(names)
    count = failing[names[0]]
    return f"all on {names[0]}" if count == images else f"mostly {names[0]} ({count})"


def _skipped(run: Run) -> Iterator[str]:
    skipped = sum(image.status == "skipped" for image in run.images)
    if skipped:
        yield f"{many(skipped, 'file')} skipped"


def _nothing(run: Run) -> str:
    """Why nothing was measured: the commonest reason."""
    images = sum(image.status != "skipped" for image in run.images)
    if not images:
        return "; ".join(["no images to measure", *_skipped(run)])
    readings = run.readings if run.rubric is None else [v.reading for v in run.verdicts]
    reasons = Counter(image.reason for image in run.images if image.status == "refused")
    reasons += Counter(reading.reason for reading in readings if reading.value is None)
    commonest = min(reasons, key=lambda reason: (-reasons[reason], reason), default="")
    because = f", mostly: {commonest}" if commonest else ""
    return "; ".join([f"none of {many(images, 'image')} could be measured{because}", *_skipped(run)])


def many(count: int, noun: str) -> str:
    """A count and its noun: 1 image, 2 images."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _verb(count: int, plural: str, singular: str) -> str:
    return singular if count == 1 else plural
