"""Shares of images, and how low the true share may be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import betaincinv

from lightmeter.compare.pairing import Clusters
from lightmeter.compare.spread import variance_of_mean

CONFIDENCE = 0.95


def lower_bound(passed: Sequence[bool], prompts: Sequence[str | None]) -> float:
    """One-sided 95 % lower bound of the share, after Clopper and Pearson (Biometrika 26, 1934, 404-413).

    Where images of one prompt agree more than chance, they count as fewer: E. Korn & B. Graubard, Survey
    Methodology 24, 1998, 193-201.

    >>> round(lower_bound([True] * 59, [None] * 59), 3)
    0.95
    """
    n, share = len(passed), float(np.mean(passed))
    if share == 0:
        return 0.0
    n_effective = min(n, _effective(np.array(passed, dtype=float), prompts, share))
    k = share * n_effective
    return float(betaincinv(k, n_effective - k + 1, 1 - CONFIDENCE))


def _effective(passed: np.ndarray, prompts: Sequence[str | None], share: float) -> float:
    """How many independent images would tell as much; where all agree, one per prompt."""
    names = [f"\0{i}" if prompt is None else prompt for i, prompt in enumerate(prompts)]
    _, where = np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)
    counts = np.bincount(where).astype(np.float64)
    if len(counts) in (1, len(passed)):  # one prompt: images are all that can vary
        return float(len(passed))
    if share == 1:
        return float(len(counts))
    variance = variance_of_mean(Clusters(np.bincount(where, weights=passed).astype(np.float64), counts))
    return share * (1 - share) / variance if variance > 0 else float(len(counts))
