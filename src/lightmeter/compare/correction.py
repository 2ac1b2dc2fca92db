"""p-values of many questions asked at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

Correction = Literal["holm", "bh"]


def adjusted(p: Sequence[float | None], correction: Correction = "holm") -> list[float | None]:
    """p-values after correction, in the same order; None stays None and counts as no question.

    holm: the chance of even one false alarm (S. Holm, Scand. J. Statist. 6, 1979, 65-70).
    bh: the share of false ones among the alarms (Benjamini & Hochberg, J. R. Stat. Soc. B 57, 1995, 289-300).

    >>> adjusted([0.01, None, 0.04])
    [0.02, None, 0.04]
    """
    asked = [i for i, each in enumerate(p) if each is not None]
    raw = np.array([each for each in p if each is not None], dtype=float)
    corrected = _holm(raw) if correction == "holm" else _bh(raw)
    result: list[float | None] = [None] * len(p)
    for i, each in zip(asked, corrected, strict=True):
        result[i] = float(each)
    return result


def _holm(p: np.ndarray) -> np.ndarray:
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _restored(steps, order)


def _bh(p: np.ndarray) -> np.ndarray:
    order = np.argsort(p)[::-1]
    steps = np.minimum.accumulate(p[order] * len(p) / np.arange(len(p), 0, -1))
    return _restored(steps, order)


def _restored(steps: np.ndarray, order: np.ndarray) -> np.ndarray:
    result = np.empty_like(steps)
    result[order] = np.minimum(steps, 1.0)
    return result
