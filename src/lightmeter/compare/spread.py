"""How far a difference may be off: its standard error, degrees of freedom, and bootstrap interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from lightmeter.compare.circle import Floats
from lightmeter.compare.pairing import Clusters, Sample
from lightmeter.compare.resampling import MOST, weights

ENOUGH = 30
"""Units in the smaller arm from which the bootstrap is used. Below, its intervals are too short, and
Student's hold what they promise: see reports/validation/statistics.md."""

Interval = tuple[float, float]


@dataclass(frozen=True)
class Spread:
    """error: standard error of the difference, in its unit; freedom: degrees of freedom, after Welch."""

    error: float
    freedom: float

    def reach(self, share: float) -> float:
        """Errors within which Student's t stays with this probability from below."""
        return float(stdtrit(self.freedom, share))


def spread(sample: Sample) -> Spread | None:
    """Cluster-robust; None where an arm has a single unit."""
    arms = [arm for arm in (sample.variant, sample.baseline) if arm is not None]
    if any(len(arm) < 2 for arm in arms):
        return None
    parts = np.array([variance_of_mean(arm) for arm in arms])
    free = np.array([len(arm) - 1.0 for arm in arms])
    total = parts.sum()
    freedom = total**2 / (parts**2 / free).sum() if total > 0 else free.sum()
    return Spread(float(np.sqrt(total)), float(freedom))


def variance_of_mean(clusters: Clusters) -> float:
    """Of a ratio of sums, linearised: G/(G-1) sum (S - n m)^2 / N^2."""
    left = clusters.sums - clusters.counts * clusters.mean
    g = len(clusters)
    return float(g / (g - 1) * (left**2).sum() / clusters.counts.sum() ** 2)


def student(difference: float, found: Spread, confidence: float) -> Interval:
    """Student's interval."""
    reach = found.reach(0.5 + confidence / 2) * found.error
    return difference - reach, difference + reach


def bootstrapped(sample: Sample, difference: float, found: Spread, confidence: float) -> Interval | None:
    """The BCa interval (B. Efron, J. Am. Stat. Assoc. 82, 1987, 171-185), whole clusters drawn, arms apart.

    Its tails are widened as T. Hesterberg has it (The American Statistician 69, 2015, 371-386): resamples
    spread by sqrt((n-1)/n) too little, and the spread is itself estimated: t is in the normal's place.
    None where there are too few units for it, or so many that Student's is the same.
    """
    arms = [arm for arm in (sample.variant, sample.baseline) if arm is not None]
    sizes = [len(arm) for arm in arms]
    if min(sizes) < ENOUGH or max(sizes) > MOST:
        return None
    means = [_resampled(arm, i) for i, arm in enumerate(arms)]
    draws = means[0] - (means[1] if len(means) > 1 else 0.0)
    if np.ptp(draws) == 0:
        return difference, difference
    tail = found.reach(0.5 + confidence / 2) * math.sqrt(min(sizes) / (min(sizes) - 1))
    return _corrected(draws, difference, _acceleration(arms), tail)


def _resampled(arm: Clusters, index: int) -> Floats:
    sums = weights(len(arm), index) @ np.column_stack([arm.sums, arm.counts])
    means: Floats = sums[:, 0] / sums[:, 1]
    return means


def _corrected(draws: Floats, difference: float, acceleration: float, tail: float) -> Interval:
    """Percentiles at -tail and tail normal deviations, moved for bias and skew; ties with the estimate count
    half."""
    below = ((draws < difference).mean() + (draws <= difference).mean()) / 2
    bias = ndtri(np.clip(below, 0.5 / len(draws), 1 - 0.5 / len(draws)))
    tails = np.array([-tail, tail])
    moved = bias + (bias + tails) / (1 - acceleration * (bias + tails))
    low, high = np.quantile(draws, ndtr(moved))
    return float(low), float(high)


def _acceleration(arms: list[Clusters]) -> float:
    """From the jackknife over clusters, both arms together."""
    influences = [(-1.0) ** i * _influence(arm) for i, arm in enumerate(arms)]
    cubes = sum(float((each**3).sum()) for each in influences)
    squares = sum(float((each**2).sum()) for each in influences)
    return cubes / (6 * squares**1.5) if squares > 0 else 0.0


def _influence(arm: Clusters) -> Floats:
    without = (arm.sums.sum() - arm.sums) / (arm.counts.sum() - arm.counts)
    moved: Floats = (len(arm) - 1) / len(arm) * (without.mean() - without)
    return moved
