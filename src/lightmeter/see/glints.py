"""Glints: compact lights that stand in clusters, as links, beads, cut stones and hoops throw them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.edges import gaussian
from lightmeter.optics.filters import box_filter

_SIGMA = 0.0083
"""Face widths of the Gaussian that a glint is seen through. From 0.006 to 0.0105, and on planes of 96 to 160
pixels a face width, clusters by the ears are as rare where no metal is: 1 or 2 of 25 (fit half)."""
_REFERENCE = 0.7
"""Of the face's luminance: dimmer points are curls of hair, and weave."""
_ROOM = 0.01
"""Face widths that a peak is alone in."""


def glints(stops: Tensor, level: Tensor, side: int) -> Tensor:
    """(B, 1, R, C) how strong the glint is of which this is the peak, in stops; 0 elsewhere.

    A peak of log2 luminance `stops` (B, 1, R, C), of `side` pixels a face width, is as strong as its weaker
    curvature over a Gaussian's variance: a hair, a fold and an edge are bright along a line, on which that
    is 0. level: (B,) log2 luminance of the face; glints are not much dimmer.
    """
    weak = _weaker_curvature(stops, _SIGMA * side)
    reach = max(1, round(_ROOM * side))
    alone = F.max_pool2d(weak, 2 * reach + 1, 1, reach) == weak
    bright = torch.exp2(stops - level[:, None, None, None]) > _REFERENCE
    return weak * (alone & bright).float()


def clustered(points: Tensor, radius: int, count: float | Tensor) -> Tensor:
    """Those of points (B, 1, R, C) that have `count` of them, with themselves, in the square around."""
    around = box_filter(F.pad(points, (radius,) * 4), radius)[..., radius:-radius, radius:-radius]
    return points * (around * (2 * radius + 1) ** 2 > count - 0.5).float()


def _weaker_curvature(stops: Tensor, sigma: float) -> Tensor:
    """(B, 1, R, C) the lesser of the two principal curvatures of a hill, times the variance; 0 elsewhere."""
    near = F.pad(gaussian(stops, sigma), (1, 1, 1, 1), mode="replicate")
    middle = near[..., 1:-1, 1:-1]
    across = near[..., 1:-1, 2:] + near[..., 1:-1, :-2] - 2 * middle
    down = near[..., 2:, 1:-1] + near[..., :-2, 1:-1] - 2 * middle
    twist = (near[..., 2:, 2:] - near[..., 2:, :-2] - near[..., :-2, 2:] + near[..., :-2, :-2]) / 4
    mean, apart = (across + down) / 2, torch.hypot((across - down) / 2, twist)
    return (-(mean + apart) * sigma**2).clamp_min(0)
