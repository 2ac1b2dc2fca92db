"""Smooth surfaces under a picture: what a seamless backdrop looks like."""

from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.optics.statistics import least_squares, tukey, weighted_quantile

_ROUNDS = 6
_FLOOR = 0.25


def quadratic_terms(height: int, width: int, like: Tensor) -> Tensor:
    """(height * width, 6): 1, x, y, x^2, xy, y^2 with x and y in -1..1 along the longer side."""
    reach = max(height, width)
    y = (torch.arange(height, device=like.device) * 2 + 1 - height) / reach
    x = (torch.arange(width, device=like.device) * 2 + 1 - width) / reach
    y, x = (axis.flatten() for axis in torch.meshgrid(y, x, indexing="ij"))
    return torch.stack((torch.ones_like(x), x, y, x * x, x * y, y * y), dim=1)


def smooth_surface(values: Tensor, weight: Tensor) -> Tensor:
    """The quadratic surface that most of the weighted samples lie on; (B, C, H, W) to the same.

    weight: (B, 1, H, W) >= 0. Iteratively reweighted by Tukey's biweight, one weight for all channels;
    the scale is the weighted median of the distances, floored at 0.25 so that an exactly smooth
    backdrop keeps all its samples. Source: Holland & Welsch 1977, Commun. Stat. A6(9).
    """
    b, c, h, w = values.shape
    terms = quadratic_terms(h, w, values).expand(b, -1, -1)
    solution, _ = robust_fit(terms, values.reshape(b, c, h * w).transpose(1, 2), weight.reshape(b, h * w))
    fitted = (terms.double() @ solution).to(values.dtype)
    return fitted.transpose(1, 2).reshape(b, c, h, w)


def robust_fit(terms: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Coefficients of what most of the weighted samples lie on, and the weight that each is left with.

    terms (B, N, K), target (B, N, C), weight (B, N) >= 0 to (B, K, C) float64 and (B, N).
    """
    robust = weight
    for _ in range(_ROUNDS):
        fitted = terms.double() @ least_squares(terms, target, robust)
        distance = (target - fitted).norm(dim=2).to(target.dtype)
        scale = (1.4826 * weighted_quantile(distance, weight, 0.5)).clamp_min(_FLOOR)
        robust = weight * tukey(distance, scale[:, None])
    return least_squares(terms, target, robust), robust
