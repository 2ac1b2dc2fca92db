"""The axis of one criterion, shared by the terminal and the HTML report."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from lightmeter.judge.model import Criterion
from lightmeter.judge.run import Run
from lightmeter.measure.registry import measurements

Band = tuple[float, float]
ANY: Band = (-math.inf, math.inf)


@dataclass(frozen=True)
class Scale:
    """An axis from `lo` to `hi`, with the intervals that pass and that warn, cut to the axis."""

    lo: float
    hi: float
    pass_: Band
    warn: Band

    def share(self, value: float) -> float:
        """Where a value lies on the axis, 0 at the left end, 1 at the right one; never outside."""
        return min(1.0, max(0.0, (value - self.lo) / (self.hi - self.lo)))


def scale(criterion: Criterion, bounds: Band, values: Iterable[float]) -> Scale:
    """An axis that shows every value and every finite end of the intervals, with a little air around.

    It never leaves what is possible: `bounds`, and zero where neither values nor intervals go below.
    """
    accepted = _ends(criterion.pass_)
    tolerated = _ends(criterion.warn) if criterion.warn is not None else accepted
    shown = sorted(v for v in (*accepted, *tolerated, *values) if math.isfinite(v))
    lo, hi = _with_air(shown[0], shown[-1], bounds) if shown else _without_values(bounds)
    return Scale(lo, hi, _cut(accepted, lo, hi), _cut(tolerated, lo, hi))


def bounds_of(measurement: str) -> Band:
    """The values that a measurement can take; any, where it is not of this installation."""
    known = measurements().get(measurement)
    return known.bounds if known is not None else ANY


def scales(run: Run) -> dict[str, Scale]:
    """Each criterion's axis over all images of the run."""
    values: dict[str, list[float]] = {}
    for verdict in run.verdicts:
        if verdict.reading.value is not None:
            values.setdefault(verdict.criterion, []).append(verdict.reading.value)
    criteria = run.rubric.criteria if run.rubric is not None else {}
    return {
        name: scale(criterion, bounds_of(criterion.measure), values.get(name, ()))
        for name, criterion in criteria.items()
    }


def _ends(interval: tuple[float | None, float | None]) -> Band:
    low, high = interval
    return (-math.inf if low is None else low, math.inf if high is None else high)


def _with_air(least: float, most: float, bounds: Band) -> Band:
    """An axis from one round number to another, a little wider than what it shows."""
    span = _span(least, most)
    step = _round_step(span / 8)
    lo = math.floor((least - 0.05 * span) / step) * step
    hi = math.ceil((most + 0.05 * span) / step) * step
    if least >= 0 and lo < 0.25 * span:
        lo = 0.0
    clamped = max(lo, bounds[0]), min(hi, bounds[1])
    return clamped if clamped[0] < clamped[1] else (lo, hi)


def _span(least: float, most: float) -> float:
    """The width to show; where the values are one, their size, and 1 where that is nothing."""
    span, size = most - least, max(abs(least), abs(most))
    if span > 1e-9 * max(size, 1.0):
        return span
    return size if size > 1e-9 else 1.0


def _round_step(about: float) -> float:
    """The largest of 1, 2, 5, 10, ... (times a power of ten) that is not above `about`."""
    power = 10.0 ** math.floor(math.log10(about))
    return next(power * digit for digit in (5, 2, 1) if power * digit <= about or digit == 1)


def _without_values(bounds: Band) -> Band:
    lo, hi = (b if math.isfinite(b) else f for b, f in zip(bounds, (0.0, 1.0), strict=True))
    return (lo, hi) if lo < hi else (lo, lo + 1.0)


def _cut(band: Band, lo: float, hi: float) -> Band:
    return (min(max(band[0], lo), hi), min(max(band[1], lo), hi))
