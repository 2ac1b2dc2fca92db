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
    target = values.reshape(b, c, h * w).transpose(1, 2)
    base = weight.reshape(b, h * w)
    robust = base
    for _ in range(_ROUNDS):
        fitted = terms.double() @ least_squares(terms, target, robust)
        distance = (target - fitted).norm(dim=2).to(values.dtype)
        scale = (1.4826 * weighted_quantile(distance, base, 0.5)).clamp_min(_FLOOR)
        robust = base * tukey(distance, scale[:, None])
    fitted = terms.double() @ least_squares(terms, target, robust)
    return fitted.transpose(1, 2).reshape(b, c, h, w).to(values.dtype)
