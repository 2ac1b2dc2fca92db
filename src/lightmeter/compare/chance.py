"""The chance of a difference this large if the variants were the same: by rearranging what was measured."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtr

from lightmeter.compare.circle import Floats
from lightmeter.compare.pairing import Clusters, Sample
from lightmeter.compare.resampling import FEWEST_REARRANGEMENTS, MOST, labels, signs
from lightmeter.compare.spread import Spread

FEWEST_UNITS = 3
"""Units in an arm below which no p is given."""

_SAME = 1e-9
"""Statistics that differ by less than this share are ties: sums in another order round differently."""


def chance(sample: Sample, difference: float, found: Spread | None) -> tuple[float | None, str]:
    """Two-sided p, and the test that gave it; None with fewer than 3 units in an arm."""
    first, second = sample.variant, sample.baseline
    if found is None or sample.smallest < FEWEST_UNITS:
        return None, ""
    ways = rearrangements(sample)
    if ways < FEWEST_REARRANGEMENTS or len(first) + (0 if second is None else len(second)) > MOST:
        return _student(difference, found, ways), "Student's t"
    if second is None:
        return _sign_flips(first), "sign flips"
    return _relabelled(first, second), "label permutation"


def rearrangements(sample: Sample) -> float:
    """How many arrangements differ."""
    first, second = sample.variant, sample.baseline
    if second is None:
        return math.inf if len(first) > 60 else 2.0 ** len(first)
    total = len(first) + len(second)
    return math.inf if total > 60 else float(math.comb(total, len(first)))


def _student(difference: float, found: Spread, ways: float) -> float:
    if found.error == 0:  # no variation to compare with: all that is known is how rarely chance sorts so
        return 1.0 if difference == 0 else min(1.0, 2 / ways)
    return float(2 * stdtr(found.freedom, -abs(difference) / found.error))


def _sign_flips(clusters: Clusters) -> float:
    """Under no effect, a cluster's sum of differences is as likely to have the other sign."""
    observed = abs(float(clusters.sums.sum()))
    return _share(np.abs(signs(len(clusters)) @ clusters.sums), observed)


def _relabelled(first: Clusters, second: Clusters) -> float:
    """Clusters change arms. The difference is studentised, so that unequal spreads and sizes do no harm
    (Chung & Romano, Ann. Stat. 41, 2013, 484-507)."""
    sums, counts = (
        np.concatenate(each) for each in ((first.sums, second.sums), (first.counts, second.counts))
    )
    sums = sums - counts * (sums.sum() / counts.sum())  # near zero: squares keep their digits
    parts = np.stack([sums, counts, sums**2, sums * counts, counts**2], 1)
    taken = labels(len(first), len(second)).astype(np.float64) @ parts
    own = parts[: len(first)].sum(0, keepdims=True)
    total = parts.sum(0)
    sizes = (len(first), len(second))
    observed = float(_studentised(own, total - own, sizes)[0])
    return _share(_studentised(taken, total - taken, sizes), observed)


def _studentised(first: Floats, second: Floats, sizes: tuple[int, int]) -> Floats:
    """|difference of means| over its standard error, from sums (..., 5) of S, n, S^2, Sn, n^2."""
    arms = (first, second)
    means = [arm[:, 0] / arm[:, 1] for arm in arms]
    left = [
        g / (g - 1) * np.maximum(arm[:, 2] - 2 * m * arm[:, 3] + m**2 * arm[:, 4], 0) / arm[:, 1] ** 2
        for arm, m, g in zip(arms, means, sizes, strict=True)
    ]
    gap = np.abs(means[0] - means[1])
    error = np.sqrt(left[0] + left[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = np.where(gap == 0, 0.0, gap / error)
    return result


def _share(rearranged: Floats, observed: float) -> float:
    """The share at least as large as what was observed, itself counted among them: never 0."""
    as_large = (rearranged >= observed * (1 - _SAME)).sum()
    return float((1 + as_large) / (1 + len(rearranged)))
