"""The backdrop on a finer grid, for texture and banding."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.optics.colour import delta_e00, lab
from lightmeter.optics.filters import box_filter
from lightmeter.optics.statistics import median
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import Matte

_LONG_SIDE = 256
_REACH, _GAUSS = 3, 1.4826
_ENOUGH = 0.5
"""Least share of a window that is sure background."""


@dataclass(frozen=True)
class FineBackdrop:
    """colour: (B, 3, h, w) CIE Lab of linear means, the longer of h and w at most 256. sure: (B, 1, h, w) 1
    where a cell is sure background throughout, else 0. texture: (B,) deltaE00, how far cells are from the
    mean of 7 x 7 around them: 1.48 of the median, which is the RMS under Gauss."""

    colour: Tensor
    sure: Tensor
    texture: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def fine_backdrop(linear: Tensor, background: Matte) -> FineBackdrop:
    """Average the frame (B, 3, H, W) over areas, in linear light; the same grid at any size of the frame."""
    height, width = linear.shape[2:]
    scale = min(1.0, _LONG_SIDE / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    means = F.interpolate(linear, size, mode="area")
    share = F.interpolate(background.alpha, size, mode="area")
    colour, sure = lab(means), (share > 0.999).to(linear.dtype)
    return FineBackdrop(colour, sure, _texture(colour, sure), background.refusals)


def _texture(colour: Tensor, sure: Tensor) -> Tensor:
    around = box_filter(torch.cat((colour * sure, sure), 1), _REACH)
    held = around[:, 3:]
    away = delta_e00(colour, around[:, :3] / held.clamp_min(1e-6))
    used = (sure * (held > _ENOUGH))[:, 0]
    return (_GAUSS * median(away.flatten(1), used.flatten(1))).nan_to_num()
