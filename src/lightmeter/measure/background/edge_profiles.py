"""Walks across the subject's outline: what measurements of a matte's edge read from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.optics.filters import box_filter
from lightmeter.see.fine_matte import FineMatte
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import Matte

_COUNT = 512
_STEP = 1 / 512
"""Of the frame's long side: 2 pixels of a frame of 1024."""
DEPTHS = tuple(range(-32, 25))
"""Steps from the outline: outside negative, inside positive."""
_ALONG = (-3.0, -1.5, 0.0, 1.5, 3.0)
"""Steps along the outline that each sample is the mean of: single strands and grains are smaller."""
_SMOOTH = 2
_SHARP = 2
"""Samples between a quarter and three quarters of coverage; more is hair, blur or a halo."""
_DOUBTFUL = 0.5
_CLEAR, _SOLID = -10, 8
"""Steps from which on coverage must be none and all; between is room for a halo that keys as subject."""
_SEEN = -20
"""Steps outside that must lie in the frame; what lies beyond only tells of the backdrop's texture."""


@dataclass(frozen=True)
class EdgeProfiles:
    """512 places on the outline and the 57 samples across each, of `DEPTHS` steps.

    linear: (B, 3, N, K) scene-linear. weight: (B, N) 1 where the outline is one clean edge within the
    frame, else 0. sharp: (B, N) 1 where coverage rises from a quarter to three quarters within 3 steps.
    place, inward: (B, N, 2) frame pixels and unit vectors. step: pixels.
    """

    linear: Tensor
    weight: Tensor
    sharp: Tensor
    place: Tensor
    inward: Tensor
    step: float
    refusals: tuple[Refusal, ...] = ()

    def mean(self, nearest: int, farthest: int) -> Tensor:
        """(B, 3, N) mean colour from one depth to another, both included, in steps inwards."""
        return self.linear[..., nearest - DEPTHS[0] : farthest - DEPTHS[0] + 1].mean(3)

    def strips(self, nearest: int, farthest: int) -> Tensor:
        """(B, N, 2, 2) frame pixels: the ends of a stroke across the outline."""
        ends = [self.place + depth * self.step * self.inward for depth in (nearest, farthest)]
        return torch.stack(ends, dim=2)


@provides
def edge_profiles(linear: Tensor, fine_matte: FineMatte, subject: Matte) -> EdgeProfiles:
    """Sample the frame across the contour of half coverage, at places evenly chosen along it.

    A place counts where coverage is below a tenth from 10 steps outside on and over nine tenths from 8 steps
    inside on, the matte is sure of the edge, and 20 steps outside to 24 inside lie in the frame.
    """
    step = max(linear.shape[2:]) * _STEP
    place, inward, found = _contour(fine_matte.alpha, step)
    depths = constant(tuple(DEPTHS), linear) * step
    spots = place[:, :, None] + depths[:, None] * inward[:, :, None]
    tangent = torch.stack((-inward[..., 1], inward[..., 0]), dim=2)[:, :, None]
    colours = torch.stack([sampled(linear, spots + step * along * tangent) for along in _ALONG]).mean(0)
    alpha, doubt = sampled(torch.cat((fine_matte.alpha, fine_matte.doubt), 1), spots).unbind(1)
    size = constant((linear.shape[3], linear.shape[2]), linear)
    seen = spots[:, :, _SEEN - DEPTHS[0] :]
    within = ((seen >= 1) & (seen <= size - 1)).all(3).all(2)
    outside = alpha[..., _SEEN - DEPTHS[0] : _CLEAR - DEPTHS[0]]
    clean = (outside < 0.1).all(2) & (alpha[..., _SOLID - DEPTHS[0] :] > 0.9).all(2)
    sure = doubt[..., -2 - DEPTHS[0] : 3 - DEPTHS[0]].amax(2) < _DOUBTFUL
    weight = (found & within & clean & sure).float()
    sharp = (((alpha > 0.25) & (alpha < 0.75)).sum(2) <= _SHARP).float()
    return EdgeProfiles(colours, weight, sharp, place, inward, step, fine_matte.refusals)


def _contour(alpha: Tensor, step: float) -> tuple[Tensor, Tensor, Tensor]:
    """Places (B, N, 2) in pixels, inward unit normals (B, N, 2), and whether there are any (B, 1)."""
    smooth = box_filter(box_filter(alpha, max(1, round(_SMOOTH * step))), max(1, round(_SMOOTH * step)))
    inside = F.pad(alpha, (1, 1, 1, 1), mode="replicate") > 0.5
    here = inside[..., 1:-1, 1:-1]
    beside = inside[..., :-2, 1:-1] & inside[..., 2:, 1:-1] & inside[..., 1:-1, :-2] & inside[..., 1:-1, 2:]
    order = (here & ~beside).flatten(1).to(torch.int32).cumsum(1, dtype=torch.int32)
    total = order[:, -1:]
    wanted = (torch.arange(_COUNT, device=alpha.device) + 0.5) * total / _COUNT
    index = torch.searchsorted(order, wanted.to(torch.int32) + 1).clamp(max=order.shape[1] - 1)
    width = alpha.shape[3]
    place = torch.stack((index % width, index // width), dim=2) + 0.5
    slope = torch.stack([_differences(smooth, place, axis, step) for axis in (0, 1)], dim=2)
    return place.to(alpha.dtype), F.normalize(slope, dim=2), total > 0


def _differences(smooth: Tensor, place: Tensor, axis: int, step: float) -> Tensor:
    """(B, N) central differences along x (0) or y (1)."""
    reach = torch.zeros(2, device=smooth.device)
    reach[axis] = max(1.0, step)
    ahead, behind = (sampled(smooth, (place + side * reach)[:, :, None]) for side in (1, -1))
    return (ahead - behind)[:, 0, :, 0]


def sampled(planes: Tensor, spots: Tensor) -> Tensor:
    """(B, C, N, K) bilinear samples of (B, C, H, W) at (B, N, K, 2) frame pixels."""
    size = constant((planes.shape[3], planes.shape[2]), planes)
    grid = spots.to(planes.dtype) / size * 2 - 1
    return F.grid_sample(planes, grid, padding_mode="border", align_corners=False)
