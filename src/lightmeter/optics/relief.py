"""Smoothing over the part of a small picture that is known."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

_LEAST = 1e-3


def smoothed(x: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of (B, C, H, W) by sigma pixels; nothing lies beyond the border.

    As a product with two band matrices: for pictures of some hundred pixels faster than a convolution.
    """
    down, across = (_gaussian(size, sigma, x.device) for size in x.shape[2:])
    return down @ x @ across


def smoothed_within(x: Tensor, where: Tensor, sigma: float) -> Tensor:
    """Gaussian mean of x (B, C, H, W) over the part of it in `where` (B, 1, H, W), 0..1; 0 far from it.

    Source: normalized convolution, Knutsson & Westin 1993.
    """
    return smoothed(x * where, sigma) / smoothed(where, sigma).clamp_min(_LEAST)


@lru_cache(maxsize=64)
def _gaussian(size: int, sigma: float, device: torch.device) -> Tensor:
    """(size, size), symmetric: the weight of each pixel in each; a row far from the border sums to 1."""
    along = torch.arange(size, device=device)
    weight = torch.exp(-((along[:, None] - along) ** 2) / (2 * sigma**2))
    return weight / weight[size // 2].sum()
