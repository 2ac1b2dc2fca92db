"""Contrast and direction of hair at the scale of its strands: what the measurements of hair read from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.measure.hair.hair_grain import hair_grain
from lightmeter.optics.spectrum import gaussian_response
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.see.hair_patches import CELL, SIDE, HairPatches
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.tiles import Tiles

STRANDS = 300
"""Face width over the strand band's smaller sigma: the band is 20 to 80 cycles per face width, half at either
end. A hair is 1/1750 of a face width, so what is seen are bundles of 10 to 40. Lower are locks, as painted
ones; higher has no pixels on most faces."""

LEAST_WIDTH = 160
"""Native pixels, so that 80 cycles per face width are within Nyquist's limit."""

_LEAST_CELLS = 4
_FLOOR = 0.001
"""Linear; code 3 of 255, below which a code is most of a stop."""

_SHARPEST, _BLURRED = 0.75, 0.4
"""Edges have 0.7 times the contrast of the octave below, and 0.4 under a blur of 0.008 face widths; of 79
labelled portraits, painted ones too, 78 have more in the sharpest quarter of their hair."""

_FULL = 0.5
_BLOCKS = 4
"""Along either side of a cell: 0.04 face widths, a few bundles side by side."""


@dataclass(frozen=True)
class Strands:
    """Of N windows of hair, and M = 4 x 4 blocks of each.

    variance, grain: (B, N) of log luminance in the strand band, and the grain's share of it. steep,
    noise: (B, N, M) mean squared gradient per pixel, and grain's share of it.
    doubled: (B, N, M, 2) its direction at twice the angle, as long as `steep` where all is one direction.
    weight: (B, N) 1 for windows that are read.
    """

    variance: Tensor
    grain: Tensor
    steep: Tensor
    noise: Tensor
    doubled: Tensor
    weight: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def strands(hair_patches: HairPatches, tiles: Tiles) -> Strands:
    """Filter log luminance, and add up its power and its gradients' over the hair in each window."""
    sigma = hair_patches.face_width.nan_to_num(STRANDS) / STRANDS
    light = hair_patches.light.clamp_min(_FLOOR)
    spectrum = torch.fft.rfft2(torch.log(light))
    band, coarse = (spectrum * _band(by * sigma)[:, None] for by in (1, 2))
    across, down = (1j * w for w in _radians(sigma.device))
    fine, broad, x, y = (_picture(each) for each in (band, coarse, across * band, down * band))
    blocks = _blocks(hair_patches)
    area = _summed(hair_patches.hair, hair_patches.hair, blocks)
    fields = (fine**2, broad**2, x**2 + y**2, x**2 - y**2, 2 * x * y, _steepness(light))
    of_block = [_summed(each, hair_patches.hair, blocks) for each in fields]
    whole = area.sum(2).clamp_min(1.0)
    power, gradient = hair_grain(tiles, hair_patches, sigma)
    slope = of_block[5].sum(2) / whole
    of_pixel = [each / area.clamp_min(1.0) for each in of_block[2:]]
    weight = (whole >= _FULL * (CELL * hair_patches.face_width[:, None]) ** 2).float()
    variance, broad, grain = of_block[0].sum(2) / whole, of_block[1].sum(2) / whole, slope * power[:, None]
    sharpest = weighted_quantile((variance - grain) / broad.clamp_min(1e-9), weight, _SHARPEST)
    return Strands(
        variance=variance,
        grain=grain,
        steep=of_pixel[0],
        noise=of_pixel[3] * gradient[:, None, None],
        doubled=torch.stack(of_pixel[1:3], dim=3),
        weight=weight,
        refusals=_refusals(hair_patches, weight, sharpest),
    )


def typical(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """(B,) median over the windows (B, N) that are read, 0 without any, and its standard error."""
    low, middle, high = (weighted_quantile(x, weight, q).nan_to_num() for q in (0.25, 0.5, 0.75))
    # Of a normal spread: 1.253 sigma / sqrt(n), sigma = 0.741 of the distance between quartiles.
    return middle, 0.93 * (high - low) / weight.sum(1).clamp_min(1.0).sqrt()


def _refusals(patches: HairPatches, weight: Tensor, sharpest: Tensor) -> tuple[Refusal, ...]:
    width, lit = patches.face_width * patches.pooled, weight.sum(1)
    return (
        *patches.refusals,
        Refusal(width < LEAST_WIDTH, "face is {:.0f} px wide: strands need 160", width),
        Refusal(patches.cells < _LEAST_CELLS, "too little hair: {:.0f} patches, 4 are needed", patches.cells),
        Refusal(lit < _LEAST_CELLS, "hair is black or burnt out: {:.0f} lit patches, 4 are needed", lit),
        Refusal(sharpest < _BLURRED**2, "hair is out of focus: it holds no edge as fine as a strand"),
    )


def _band(sigma: Tensor) -> Tensor:
    return gaussian_response(SIDE, sigma) - gaussian_response(SIDE, 2 * sigma)


def _radians(device: torch.device) -> tuple[Tensor, Tensor]:
    """Radians per pixel across (S // 2 + 1,) and down (S, 1); 0 at Nyquist's, which has no derivative."""
    across, down = torch.fft.rfftfreq(SIDE, device=device), torch.fft.fftfreq(SIDE, device=device)
    across, down = (torch.where(f.abs() < 0.5, 2 * math.pi * f, 0.0) for f in (across, down))
    return across, down[:, None]


def _picture(spectrum: Tensor) -> Tensor:
    found: Tensor = torch.fft.irfft2(spectrum, s=(SIDE, SIDE))
    return found


def _steepness(light: Tensor) -> Tensor:
    """Squared slope of log luminance over gamma-coded luma: of sRGB's power 2.4, offset 0.055."""
    return (2.4 / (encoded_from_linear(light) + 0.055)) ** 2


def _blocks(patches: HairPatches) -> Tensor:
    """(B, 4, S): 1 where a window's row, or column, belongs to one of the 4 blocks of its cell."""
    at = torch.arange(SIDE, device=patches.light.device) + 0.5 - SIDE / 2
    place = at / (CELL / _BLOCKS * patches.face_width.nan_to_num(STRANDS)[:, None]) + _BLOCKS / 2
    return (place.floor()[:, None] == torch.arange(_BLOCKS, device=at.device)[:, None]).float()


def _summed(field: Tensor, weight: Tensor, blocks: Tensor) -> Tensor:
    """(B, N, M): a field (B, N, S, S) added up over each block, under a weight."""
    rows = blocks[:, None] @ (field * weight)
    return (rows @ blocks[:, None].mT).flatten(2)
