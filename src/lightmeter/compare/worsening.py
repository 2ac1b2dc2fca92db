"""Whether images are worse than a baseline by more than a margin, less, or too few to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lightmeter.compare.chance import chance
from lightmeter.compare.contrast import mean_difference
from lightmeter.compare.pairing import Clusters, Sample, Shot, Unit, sample
from lightmeter.compare.spread import Interval, spread, student


@dataclass(frozen=True)
class Worsening:
    """How much worse on average, in the unit; `either` way, the size of the change with its sign.

    within: both one-sided 95 % bounds. p: the chance of this where the truth is worse by the margin at most.
    p_not: where it is worse by the margin at least. None with fewer than 3 units in an arm. units: what was
    counted, in number `per`; same: whether every pair has one value twice.
    """

    difference: float
    within: Interval | None
    p: float | None
    p_not: float | None
    units: int
    per: Unit
    same: bool


def worsening(
    run: Sequence[Shot],
    baseline: Sequence[Shot],
    margin: float,
    *,
    either: bool = False,
    period: float | None = None,
) -> Worsening:
    """Values whose rise is worse; with `either`, a fall as well. Both arms need a value.

    Non-inferiority as in S. Wellek, Testing Statistical Hypotheses of Equivalence and Noninferiority, 2010:
    the test of no difference, asked of values moved by the margin.
    """
    given = sample(run, baseline, period)
    difference = mean_difference(given)
    sign = -1.0 if either and difference < 0 else 1.0
    moved = _moved(given, sign, margin)
    excess = sign * difference - margin
    both, _ = chance(moved, excess, spread(moved))
    found = spread(given)
    above = below = None
    if both is not None:
        above, below = (both / 2, 1 - both / 2) if excess > 0 else (1 - both / 2, both / 2)
        above = min(1.0, 2 * above) if either else above
    return Worsening(
        difference=difference,
        within=None if found is None else student(difference, found, 0.9),
        p=above,
        p_not=below,
        units=given.smallest,
        per=given.unit,
        same=given.baseline is None and bool((given.values == given.reference).all()),
    )


def _moved(given: Sample, sign: float, margin: float) -> Sample:
    """The sample in which no difference is a difference of `margin`."""
    first = Clusters(sign * given.variant.sums - margin * given.variant.counts, given.variant.counts)
    second = given.baseline and Clusters(sign * given.baseline.sums, given.baseline.counts)
    return Sample(first, second, given.values, given.reference, given.pairs, given.prompts, given.unit)
