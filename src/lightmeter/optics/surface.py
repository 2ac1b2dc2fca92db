"""Smooth surfaces under a picture: what a seamless backdrop looks like."""

from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.optics.statistics import least_squares, tukey, weighted_quantile

_ROUNDS = 6
_FLOOR = 0.25
_STRIDE, _TRIALS = 9, 4
"""Every how many samples, and for how many rounds, a start is tried: odd, so that each column has some."""
_BETTER = 0.5
"""Of the median distance from all: a start that is hardly better would be taken or not by chance."""
_ENOUGH = 0.2
"""Least share of all weight that a start must hold to be one: a half that is all subject tells nothing."""


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

    terms (B, N, K) whose columns 1 and 2 are x and y, target (B, N, C), weight (B, N) >= 0 to (B, K, C)
    float64 and (B, N). Begun from all samples, or from the half of the frame from which the median distance
    comes out least, if that is far less: two surfaces, such as a wall and clothes taken for one, have a
    compromise from which reweighting alone does not get away. Source: Rousseeuw 1984, JASA 79:871 (least
    median); Holland & Welsch 1977.
    """
    a, b = terms.mT.contiguous(), target.mT.contiguous()
    robust = _begun(a, b, weight)
    for _ in range(_ROUNDS):
        robust, _ = _reweighted(a, b, weight, robust)
    return least_squares(a.mT, b.mT, robust), robust


def _begun(terms: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """(B, N) weights to begin with: all, or those of the half whose surface leaves far less on every ninth
    sample of the whole."""
    few = [each[..., ::_STRIDE].contiguous() for each in (terms, target, weight)]
    halves = _halves(terms)
    starts = torch.stack((few[2], *(few[2] * half[:, ::_STRIDE] for half in halves)), 1)
    solutions, scales = _tried(few[0], few[1], few[2], starts)
    least, begun = _BETTER * scales[:, 0], weight
    for half, solution, scale in zip(halves, solutions.unbind(1)[1:], scales.unbind(1)[1:], strict=True):
        better = (scale < least) & ((weight * half).sum(1) >= _ENOUGH * weight.sum(1))
        held = weight * tukey(_distance(terms, target, solution), scale[:, None])
        begun = torch.where(better[:, None], held, begun)
        least = torch.where(better, scale, least)
    return begun


def _halves(terms: Tensor) -> list[Tensor]:
    """(B, N) bool: the left, right, upper and lower half of the frame."""
    x, y = terms[:, 1], terms[:, 2]
    return [x < 0, x >= 0, y < 0, y >= 0]


def _tried(terms: Tensor, target: Tensor, weight: Tensor, starts: Tensor) -> tuple[Tensor, Tensor]:
    """(B, S, K, C) and (B, S): the surface that each start (B, S, N) leads to, and the median distance's
    scale from it."""
    b, s, _ = starts.shape
    terms, target, weight = (each.repeat_interleave(s, 0) for each in (terms, target, weight))
    robust = starts.flatten(0, 1)
    scale = robust[:, 0]
    for _ in range(_TRIALS):
        robust, scale = _reweighted(terms, target, weight, robust)
    return least_squares(terms.mT, target.mT, robust).view(b, s, terms.shape[1], -1), scale.view(b, s)


def _reweighted(terms: Tensor, target: Tensor, weight: Tensor, robust: Tensor) -> tuple[Tensor, Tensor]:
    """Weights by the distance from the surface through `robust`, and (B,) the median distance's scale."""
    distance = _distance(terms, target, least_squares(terms.mT, target.mT, robust))
    scale = (1.4826 * weighted_quantile(distance, weight, 0.5)).clamp_min(_FLOOR)
    return weight * tukey(distance, scale[:, None]), scale


def _distance(terms: Tensor, target: Tensor, solution: Tensor) -> Tensor:
    """(B, N) of target (B, C, N) from the surface with this solution (B, K, C) at terms (B, K, N)."""
    fitted = solution.mT.to(terms.dtype) @ terms
    # By squares: `norm` over three channels takes three times as long.
    distance: Tensor = (target - fitted).square_().sum(1).sqrt_()
    return distance
