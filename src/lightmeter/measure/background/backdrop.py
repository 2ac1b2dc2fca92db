"""The backdrop on a coarse grid: what all measurements of its colour and evenness read from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.optics.statistics import weighted_quantile
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import Matte

_LONG_SIDE = 128


@dataclass(frozen=True)
class Backdrop:
    """Cell means of the sure background.

    linear: (B, 3, h, w) scene-linear, h and w at most 128. share: (B, 1, h, w) of each cell that is sure
    background; its weight. median: (B, 3, 1, 1) scene-linear median per channel.
    """

    linear: Tensor
    share: Tensor
    median: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def backdrop(linear: Tensor, background: Matte) -> Backdrop:
    """Average the frame (B, 3, H, W) over cells, in linear light and over background only.

    Cells take grain and codec noise out, so that what is left is light, paint and geometry.
    """
    cell = math.ceil(max(linear.shape[2:]) / _LONG_SIDE)
    share = F.avg_pool2d(background.alpha, cell, ceil_mode=True)
    summed = F.avg_pool2d(linear * background.alpha, cell, ceil_mode=True)
    means = summed / share.clamp_min(1e-6)
    median = torch.stack(
        [weighted_quantile(means[:, c].flatten(1), share.flatten(1), 0.5) for c in range(3)], dim=1
    )
    return Backdrop(means, share, median[:, :, None, None], background.refusals)
