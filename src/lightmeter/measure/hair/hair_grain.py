"""What grain adds to hair at the scale of its strands, estimated where the picture is smoothest."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from lightmeter.optics.noise import noise_power
from lightmeter.optics.spectrum import band_gain, radius, twins
from lightmeter.see.hair_patches import HairPatches
from lightmeter.see.tiles import SIDE, Tiles

_LEAST_TILES = 12
_WIDEST = 5.0
"""Native pixels of the band's sigma that a tile of 32 can hold; grain is white beyond."""

_REDDER = 6.0
"""How much more power per frequency grain may have in the band than in the top octave; what has more is
cloth or skin."""


def hair_grain(tiles: Tiles, patches: HairPatches, sigma: Tensor) -> tuple[Tensor, Tensor]:
    """Variance (B,) of gamma-coded luma that grain leaves in a band of `sigma` (B,) window pixels, and of
    its gradient per window pixel (B,); 0 where fewer than 12 tiles are neither black nor clipped.

    From the smoothest tenth of the picture's tiles. Gamma-coded, because there the noise of light, film and
    rounding is nearly the same at every level.
    """
    wide = (sigma * patches.pooled).clamp_min(1e-3)
    read = wide.clamp(0.4, _WIDEST)
    gain = band_gain(SIDE, read) * (read / wide)[:, None, None] ** 2
    steep = gain * (2 * math.pi * radius(SIDE, gain.device)) ** 2 * (sigma / read)[:, None, None] ** -2
    r = radius(SIDE, gain.device)
    top = ((r > 0.25) & (r <= 0.5)) * twins(SIDE, gain.device)
    white = _least(tiles, (top / top.sum()).expand_as(gain))
    level, slope = (torch.minimum(_least(tiles, g), _REDDER * white * g.sum((1, 2))) for g in (gain, steep))
    return level, slope


def _least(tiles: Tiles, part: Tensor) -> Tensor:
    usable = tiles.open * (tiles.open.sum(1, keepdim=True) >= _LEAST_TILES)
    return noise_power(tiles.power.flatten(2), part.flatten(1), usable.float()).nan_to_num(posinf=0.0)
