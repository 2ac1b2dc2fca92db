"""Thresholds of a rubric, found from images that are good and images that are not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lightmeter.compare.correction import adjusted
from lightmeter.compare.separation import (
    Separation,
    Values,
    balanced_accuracy,
    least_images,
    separation,
    threshold,
)
from lightmeter.errors import LightmeterError
from lightmeter.judge.model import Criterion, Interval, Rubric
from lightmeter.judge.run import Run

LEVEL = 0.05
_SPARED = 0.05
"""Share of the good images that may fail outright."""


@dataclass(frozen=True)
class Finding:
    """One criterion: `good` and `bad` images measured, and how it tells them apart.

    `separation` is None where too few were measured. `criterion` has the thresholds found; the rubric's own
    where the two sets are not told apart. right: balanced accuracy at the threshold, of images left out in
    turn.
    """

    name: str
    unit: str
    good: int
    bad: int
    criterion: Criterion
    separation: Separation | None = None
    p_adjusted: float = 1.0
    right: float | None = None

    @property
    def told_apart(self) -> bool:
        """Whether chance is excluded, at 5 % over all criteria together."""
        return self.p_adjusted < LEVEL


@dataclass(frozen=True)
class Calibration:
    """A rubric's criteria against `good` and `bad` images."""

    rubric: Rubric
    good: int
    bad: int
    findings: tuple[Finding, ...]


def calibrated(rubric: Rubric, good: Run, bad: Run) -> Calibration:
    """Both runs judged by the rubric. Raises LightmeterError where there are too few images to tell."""
    counts = [sum(record.status == "measured" for record in run.images) for run in (good, bad)]
    least = least_images(len(rubric.criteria), LEVEL)
    if min(counts) < least:
        raise LightmeterError(
            f"{counts[0]} good and {counts[1]} bad images are too few: with {len(rubric.criteria)} criteria, "
            f"even a perfect separation could be chance below {least} of each"
        )
    found = [_found(name, criterion, good, bad, least) for name, criterion in rubric.criteria.items()]
    corrected = adjusted([f.separation.p if f.separation else None for f in found])
    findings = (
        _decided(replace(f, p_adjusted=1.0 if p is None else p), *_values(f.name, good, bad))
        for f, p in zip(found, corrected, strict=True)
    )
    return Calibration(rubric, counts[0], counts[1], tuple(findings))


def _found(name: str, criterion: Criterion, good: Run, bad: Run, least: int) -> Finding:
    a, b = _values(name, good, bad)
    unit = next((v.reading.unit for run in (good, bad) for v in run.verdicts if v.criterion == name), "")
    finding = Finding(name, unit, a.size, b.size, criterion)
    return finding if min(a.size, b.size) < least else replace(finding, separation=separation(a, b))


def _values(name: str, good: Run, bad: Run) -> tuple[Values, Values]:
    a, b = (
        np.array(
            [v.reading.value for v in run.verdicts if v.criterion == name and v.reading.value is not None],
            np.float64,
        )
        for run in (good, bad)
    )
    return a, b


def _decided(finding: Finding, good: Values, bad: Values) -> Finding:
    if finding.separation is None or not finding.told_apart:
        return finding
    rising = finding.separation.rising
    ends = _ends(finding.criterion, threshold(good, bad, rising), _outermost(good, rising), rising)
    criterion = finding.criterion.model_copy(update=ends)
    return replace(finding, criterion=criterion, right=balanced_accuracy(good, bad, rising))


def _outermost(good: Values, rising: bool) -> float:
    """What all but a twentieth of the good images reach."""
    share, method = (_SPARED, "lower") if rising else (1 - _SPARED, "higher")
    return float(np.quantile(good, share, method=method))  # type: ignore[call-overload]


def _ends(criterion: Criterion, cut: float, outermost: float, rising: bool) -> dict[str, Interval]:
    """`pass` ends at the cut; `warn` where good images end, if that is farther out. Other ends stay."""
    tolerated = min(cut, outermost) if rising else max(cut, outermost)
    kept, warned = criterion.pass_, criterion.warn or criterion.pass_
    return {"pass_": _ended(kept, cut, rising), "warn": _ended(warned, tolerated, rising)}


def _ended(interval: Interval, end: float, low: bool) -> Interval:
    """The interval with one end moved, to three figures; the other is open where it would lie inside."""
    moved, other = float(f"{end:.3g}"), interval[1] if low else interval[0]
    if other is not None and (other <= moved if low else other >= moved):
        other = None
    return (moved, other) if low else (other, moved)
