"""How well one number tells two sets of images apart, and where to cut."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import mannwhitneyu, norm

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Separation:
    """auc: share of pairs in which the good value is the greater, ties as half, 0..1. low, high: its 95 %
    interval. p: of a difference as large by chance, both ways (Mann and Whitney 1947)."""

    auc: float
    low: float
    high: float
    p: float

    @property
    def rising(self) -> bool:
        """Whether good images have the greater values."""
        return self.auc >= 0.5

    @property
    def oriented(self) -> tuple[float, float, float]:
        """auc, low, high of good being the better, whichever way that is: auc is 0.5 or more."""
        return (self.auc, self.low, self.high) if self.rising else (1 - self.auc, 1 - self.high, 1 - self.low)


def separation(good: Values, bad: Values) -> Separation:
    """Both (n,), finite, not empty."""
    test = mannwhitneyu(good, bad, alternative="two-sided")
    auc = float(test.statistic) / (good.size * bad.size)
    low, high = auc_interval(auc, good.size, bad.size)
    return Separation(auc, low, high, float(test.pvalue))


def auc_interval(auc: float, good: int, bad: int, confidence: float = 0.95) -> tuple[float, float]:
    """Newcombe's score-like interval (2006, method 5): inside 0..1 also where the separation is perfect.

    Its ends are those t for which |auc - t| is z standard errors by Hanley and McNeil's variance at t.
    """
    z = float(norm.ppf(0.5 + confidence / 2))

    def misfit(t: float) -> float:
        pairs = (good + bad) / 2 - 1
        variance = t * (1 - t) * (1 + pairs * ((1 - t) / (2 - t) + t / (1 + t))) / (good * bad)
        return (auc - t) ** 2 - z * z * variance

    near = 1e-9
    low = 0.0 if auc <= near else float(brentq(misfit, 0.0, auc - near))
    high = 1.0 if auc >= 1 - near else float(brentq(misfit, auc + near, 1.0))
    return low, high


def threshold(good: Values, bad: Values, rising: bool) -> float:
    """The cut that maximises Youden's J (1950), in the middle of the widest gap that does."""
    if not rising:
        return -threshold(-good, -bad, True)
    ends = np.unique(np.concatenate((good, bad)))
    cuts = (ends[1:] + ends[:-1]) / 2 if ends.size > 1 else ends
    kept = 1 - np.searchsorted(np.sort(good), cuts) / good.size
    caught = np.searchsorted(np.sort(bad), cuts) / bad.size
    best = np.flatnonzero(np.isclose(kept + caught, (kept + caught).max()))
    gaps = np.diff(ends)[best] if ends.size > 1 else np.zeros(1)
    return float(cuts[best[gaps.argmax()]])


def balanced_accuracy(good: Values, bad: Values, rising: bool) -> float:
    """Mean share of either set on its side of a cut that was made without the image: leave one out."""
    held = [
        np.mean([_right(own, i, other, rising == first) for i in range(own.size)])
        for own, other, first in ((good, bad, True), (bad, good, False))
        if own.size > 1
    ]
    return float(np.mean(held)) if held else float("nan")


def _right(own: Values, i: int, other: Values, above: bool) -> bool:
    cut = threshold(np.delete(own, i), other, above)
    return bool(own[i] > cut if above else own[i] < cut)


def least_images(questions: int, level: float = 0.05) -> int:
    """Images of either kind with which a perfect separation is no chance, asked so many questions at once."""
    count = 2
    while 2 * questions / comb(2 * count, count) >= level:
        count += 1
    return count
