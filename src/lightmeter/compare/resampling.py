"""Random draws, the same in every run: kept, because every criterion of a comparison asks for the same."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from lightmeter.compare.circle import Floats

SEED = 20_261
REARRANGED = 4999
"""Rearrangements: p cannot be below 1/5000, so that 250 questions at once can still be answered."""
RESAMPLED = 4000
MOST = 1000
"""Units above which nothing is drawn: the normal law holds, and the draws would take seconds."""

FEWEST_REARRANGEMENTS = 1000
"""With fewer that differ, p has too few steps to pass a correction; Student's t is used instead."""

_LEAST_BLOCK = 64

Mask = npt.NDArray[np.bool_]


def signs(n: int) -> Floats:
    """(REARRANGED, n) of -1 and 1."""
    return _signs(_block(n))[:, :n]


@lru_cache(maxsize=32)
def labels(first: int, second: int) -> Mask:
    """(REARRANGED, first + second): which fall to the first arm, `first` of them in each row."""
    keys = _keys(_block(first + second))[:, : first + second]
    last = np.partition(keys, first - 1, axis=1)[:, first - 1 : first]
    mask: Mask = keys <= last
    return mask


@lru_cache(maxsize=8)
def weights(n: int, arm: int = 0) -> Floats:
    """(RESAMPLED, n): how often each unit is in a resample of n; arms draw apart from each other."""
    chosen = np.random.default_rng([SEED, n, arm]).integers(0, n, (RESAMPLED, n))
    places = (chosen + n * np.arange(RESAMPLED)[:, None]).ravel()
    return np.bincount(places, minlength=RESAMPLED * n).reshape(RESAMPLED, n).astype(np.float64)


def _block(n: int) -> int:
    """The next power of two: samples that differ by a few missing values share their draws."""
    return max(_LEAST_BLOCK, 1 << (n - 1).bit_length())


@lru_cache(maxsize=4)
def _signs(n: int) -> Floats:
    return np.where(_keys(n) < 0.5, -1.0, 1.0)


@lru_cache(maxsize=4)
def _keys(n: int) -> Floats:
    return np.random.default_rng(SEED).random((REARRANGED, n))
