"""Up to which frequency a picture holds detail: an enlarged one has none near its own pixels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.optics.spectrum import ring_density
from lightmeter.see.provide import provides
from lightmeter.see.tiles import Tiles

_RINGS = 9
_SHARPEST = 0.1
_COLLAPSE = 15.0
"""Decibel of power density from one octave to the next. In the sharpest tiles of pictures as they are it
falls by 4 to 13, be they grainy, smoothed or coded; above the old Nyquist limit of one enlarged 2 or 4 times
by 16 to 29. Photographs that were filtered for a smaller size fall by up to 19 in their last octave alone."""

_FLOOR = 0.1 / 255


@dataclass(frozen=True)
class Detail:
    """cutoff: (B,) cycles per native pixel beyond which a picture holds nothing: 0.5 less half octaves."""

    cutoff: Tensor


@provides
def detail(tiles: Tiles) -> Detail:
    """Read from the tenth of the tiles with most power above 0.18 cycles per pixel.

    They hold edges and hairs, whose power falls steadily with frequency, however soft the skin.
    Interpolation from fewer pixels ends that law for good: octaves that have collapsed, up to the last, are
    counted from the top. Smoothing lowers high frequencies too, but leaves them their law.
    """
    edges = 0.5 * torch.exp2(-torch.arange(_RINGS, -1, -1, device=tiles.power.device) / 2)
    density = ring_density(tiles.power, edges)
    most = density[..., 6:].sum(2).topk(round(_SHARPEST * density.shape[1]), dim=1).indices
    typical = density.gather(1, most[..., None].expand(-1, -1, _RINGS)).median(1).values
    level = 10 * torch.log10(typical + _FLOOR**2)
    fall = level[:, 1:-2] - level[:, 3:]
    collapsed = (fall.flip(1) > _COLLAPSE).float().cumprod(1).sum(1)
    return Detail(0.5 * torch.exp2(-collapsed / 2))
