"""What could have been seen: the smallest difference that these images would show, and how many show more."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtrit

from lightmeter.compare.chance import FEWEST_UNITS
from lightmeter.compare.pairing import Sample
from lightmeter.compare.spread import Spread, variance_of_mean

POWER = 0.8
"""The usual share of real differences that a study should not miss."""

EFFECT = 0.8
"""A large difference, in standard deviations of single images (J. Cohen, Statistical Power Analysis, 1988):
where even this would be missed, the images are too few to say anything."""

_MOST = 1_000_000


def detectable(found: Spread | None, level: float) -> float | None:
    """The minimum detectable effect, in the unit: shown with 80 % power at this two-sided level."""
    return None if found is None else (found.reach(1 - level / 2) + found.reach(POWER)) * found.error


def single_spread(sample: Sample) -> float | None:
    """Standard deviation of single values within their arm, pooled; None below two values."""
    arms = [arm for arm in (sample.values, sample.reference) if len(arm) > 1]
    if not arms:
        return None
    return math.sqrt(sum(float(arm.var(ddof=1)) for arm in arms) / len(arms))


def too_few(sample: Sample, mde: float | None, effect: float) -> bool:
    """Whether a difference of `effect` standard deviations would be missed more often than 1 time in 5."""
    single = single_spread(sample)
    if mde is None or single is None or sample.smallest < FEWEST_UNITS:
        return True
    return mde > effect * single * (1 + 1e-9)


def needed(sample: Sample, level: float, effect: float) -> int:
    """How many more units, in each arm, would show `effect` standard deviations of single images.

    A unit is what `sample.unit` names. Before any spread is known, as for independent images.
    """
    has = sample.smallest
    ratio = _unit_spread(sample, has) / effect
    return max(1, _enough(ratio, level, arms=1 if sample.baseline is None else 2) - has)


def _unit_spread(sample: Sample, has: int) -> float:
    """Standard deviation of one unit's contribution to the difference, over that of a single image."""
    single = single_spread(sample)
    if has < FEWEST_UNITS or not single:
        return math.sqrt(2.0)
    arms = [arm for arm in (sample.variant, sample.baseline) if arm is not None]
    return math.sqrt(sum(variance_of_mean(arm) * len(arm) for arm in arms)) / single


def _enough(ratio: float, level: float, arms: int) -> int:
    """The smallest n for which (t_level + t_power) ratio / sqrt(n) <= 1, by halving."""
    low, high = 2, _MOST
    while high - low > 1:
        n = (low + high) // 2
        reach = stdtrit(arms * (n - 1), np.array([1 - level / 2, POWER])).sum()
        low, high = (low, n) if reach * ratio <= math.sqrt(n) else (n, high)
    return high
