"""One measurement of two variants: the difference, how sure it is, and what could have been seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lightmeter.compare.chance import chance
from lightmeter.compare.pairing import Sample
from lightmeter.compare.power import EFFECT, detectable, needed, too_few
from lightmeter.compare.spread import bootstrapped, spread, student

LEVEL = 0.05
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Found:
    """What a verdict stands on: the difference of means, and its two-sided p before correction, by `test`.

    superiority: the chance that an image of the variant has the higher value, ties half: of its pair, or
    of any of the baseline.
    """

    difference: float | None = None
    p: float | None = None
    test: str = ""
    superiority: float | None = None


@dataclass(frozen=True)
class Contrast:
    """Variant minus baseline, in the unit of the values; None where there are too few to say.

    low, high: 95 % interval. mde: the smallest difference shown with 80 % power, at the level that the
    correction leaves to one question. few: whether even a large difference would be missed; needed: then,
    how many more units per variant.
    """

    difference: float | None = None
    low: float | None = None
    high: float | None = None
    mde: float | None = None
    few: bool = True
    needed: int = 0


def contrast(sample: Sample, questions: int = 1, effect: float = EFFECT) -> Contrast:
    """questions: how many criteria are asked at once; effect: see `power.EFFECT`."""
    level = LEVEL / max(1, questions)
    if not (len(sample.values) and len(sample.reference)):
        return Contrast(needed=needed(sample, level, effect))
    difference = mean_difference(sample)
    found = spread(sample)
    mde = detectable(found, level)
    few = too_few(sample, mde, effect)
    low = high = None
    if found is not None:
        by_draws = bootstrapped(sample, difference, found, CONFIDENCE)
        low, high = by_draws or student(difference, found, CONFIDENCE)
    more = needed(sample, level, effect) if few else 0
    return Contrast(difference, low, high, mde, few, more)


def significance(sample: Sample) -> Found:
    """The test alone, without the interval."""
    if not (len(sample.values) and len(sample.reference)):
        return Found()
    difference = mean_difference(sample)
    return Found(difference, *chance(sample, difference, spread(sample)), superiority(sample))


def mean_difference(sample: Sample) -> float:
    """The mean of paired differences, or the difference of means."""
    return sample.variant.mean - (0.0 if sample.baseline is None else sample.baseline.mean)


def superiority(sample: Sample) -> float:
    """P(variant > baseline) + P(equal) / 2: McGraw & Wong's common language effect size, Psychol. Bull. 111,
    1992, 361-365. Over pairs where there are pairs, over all couples of images otherwise."""
    if sample.baseline is None:
        gaps = sample.values - sample.reference
        return float((gaps > 0).mean() + (gaps == 0).mean() / 2)
    ordered = np.sort(sample.reference)
    below, upto = (np.searchsorted(ordered, sample.values, side) for side in ("left", "right"))
    return float((below + upto).mean() / 2 / len(ordered))
