"""The clean plate: the backdrop as it would be without the subject before it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.optics.filters import box_filter
from lightmeter.optics.geometry import length
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import Matte

_CELLS = 128
"""Along the long side. The plate is smooth; grain, codec and fine texture are what strays from it."""
_REACHES = (2, 6, 18, 54, _CELLS)
"""Cells around a place from which its colour is taken, nearest first, until there is backdrop enough."""
_ENOUGH = 0.1
"""Share of such a neighbourhood that is sure backdrop, for which half its say is taken."""


@dataclass(frozen=True)
class CleanPlate:
    """The backdrop behind everything, on the frame's grid.

    encoded: (B, 3, H, W). roughness: (B,) encoded units, the 90th percentile over the sure
    backdrop of the distance of cells from a plate that is smooth over a seventh of the long side.
    """

    encoded: Tensor
    roughness: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def clean_plate(encoded: Tensor, linear: Tensor, background: Matte) -> CleanPlate:
    """Fill in the backdrop from what is seen of it around each place.

    encoded, linear: (B, 3, H, W). Means of linear light over growing neighbourhoods, each where the nearer
    hold too little: normalised convolution (Knutsson and Westin 1993). Not known where the background is not.
    """
    cell = math.ceil(max(linear.shape[2:]) / _CELLS)
    share = F.avg_pool2d(background.alpha, cell, ceil_mode=True)
    colour = F.avg_pool2d(linear * background.alpha, cell, ceil_mode=True)
    plate = _filled(colour, share, _REACHES)
    means = F.avg_pool2d(encoded * background.alpha, cell, ceil_mode=True)
    smooth = _filled(means, share, _REACHES[2:])
    stray = length(means / share.clamp_min(1e-6) - smooth, 1).flatten(1)
    roughness = weighted_quantile(stray, share.flatten(1), 0.9)
    height, width = linear.shape[2:]
    size = (plate.shape[2] * cell, plate.shape[3] * cell)
    # Coded on the coarse grid: powers of every pixel would cost more than all the rest.
    whole = F.interpolate(encoded_from_linear(plate), size, mode="bilinear")[..., :height, :width]
    return CleanPlate(whole, roughness, background.refusals)


def _filled(colour: Tensor, share: Tensor, reaches: tuple[int, ...]) -> Tensor:
    """Colours (B, 3, h, w) weighted by their share (B, 1, h, w), averaged near where possible, else far."""
    total, weight = torch.zeros_like(colour), torch.zeros_like(share)
    # In double precision: running sums of what is not there must come out as nothing.
    both = torch.cat((colour, share), 1).double()
    left = torch.ones_like(share)
    for reach in reaches:
        means = box_filter(both, reach).to(colour.dtype).clamp_min(0)
        known = means[:, 3:]
        # As the neighbourhoods overlap, each takes its part of the say that the nearer ones leave.
        mine = left * known / (known + _ENOUGH) if reach != reaches[-1] else left
        total = total + mine * means[:, :3] / known.clamp_min(1e-6)
        weight = weight + mine * (known > 1e-6)
        left = left - mine
    return total / weight.clamp_min(1e-6)
