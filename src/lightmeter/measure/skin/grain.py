"""Grain: the noise that the whole picture shares, estimated where there is nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.measure.skin.detail import Detail
from lightmeter.measure.skin.photographs import PORES
from lightmeter.optics.noise import noise_power
from lightmeter.optics.spectrum import band_gain, periodogram, radius, twins
from lightmeter.optics.transfer import encoded_from_linear, luminance
from lightmeter.see.patches import SkinPatches
from lightmeter.see.provide import provides
from lightmeter.see.regions import FaceMesh
from lightmeter.see.tiles import SIDE, Tiles

LEAST = 12
_REDDER = 6.0
"""How much more power per frequency grain may have in the pore band than in the top octave: 8 dB. White noise
has as much; film's clumps, demosaicing and an enlargement redden it to 3 to 6 times; skin and cloth are 10 to
100 times redder."""

REDDEST = 10.0
"""Power of the second octave below Nyquist over the first's up to which it is noise. White noise has 1 and
noise after JPEG at quality 80 some 4; out-of-focus texture has 10 to 100."""

_SURELY = 1.15
"""Times the variance of rounding that is taken off: what the smoothest tiles hold is known to a tenth."""

_WIDEST = 8.0
"""Native pixels of a band's sigma that a tile of 32 can hold."""


@dataclass(frozen=True)
class Grain:
    """Variances of gamma-coded luma, 1 is full range. inf where fewer than 12 tiles lie off the face.

    pore: (B,) of grain in the pore band of the face's width, 0 where it is not known. around, skin: (B,) per
    pixel, of the smoothest tenth of the tiles off the face and of the skin. redness: (B,) how much more power
    that tenth has from 0.12 to 0.25 cycles per pixel than from there to 0.5: 1 is white. tiles: (B,) usable.
    shared: (B,) the lesser of around and skin, less what rounding to codes leaves, as far as both octaves
    off the face hold what noise would.
    """

    pore: Tensor
    around: Tensor
    skin: Tensor
    redness: Tensor
    tiles: Tensor
    shared: Tensor


@provides
def grain(tiles: Tiles, detail: Detail, skin_patches: SkinPatches, face: FaceMesh) -> Grain:
    """The pore band's power in the smoothest tiles off the face, lowered to what skin has in the top octave.

    Grain has one spectrum everywhere, so the skin's share of it is in proportion to the top octave, where
    skin itself has least. Gamma-coded, because there the noise of light, film and rounding is nearly the
    same at every level.
    """
    off, power = _off_face(tiles, face).float(), tiles.power.flatten(2)
    usable = _usable(off)
    bare, skin = spectra = _skin_power(skin_patches)
    nyquist = torch.full_like(detail.cutoff, 0.5)
    both, first, second = (
        _mean_of(cutoff, times) for cutoff, times in ((nyquist, 4.0), (nyquist, 2.0), (nyquist / 2, 2.0))
    )
    around, top, below = (noise_power(power, part, usable) for part in (both, first, second))
    own = noise_power(skin, both, bare)
    rounding = _SURELY * tiles.rounding
    white = _white_at_most(top - rounding, below - rounding, (both * (first > 0)).sum(1))
    return Grain(
        _powers(tiles, detail, usable, spectra, (pore_sigma(skin_patches.face_width),))[0],
        around,
        own,
        below / top.clamp_min(1e-12),
        off.sum(1),
        torch.minimum(torch.minimum(around, own) - rounding, white).clamp_min(0),
    )


def _white_at_most(top: Tensor, below: Tensor, share: Tensor) -> Tensor:
    """(B,): the most that noise can have over two octaves, of which the top one fills this share.

    Neither bluer than white nor REDDEST: the steps of a gradient in 8 bits have all their power in one
    octave or the other, and what is out of focus has none in the top one.
    """
    return torch.minimum(below, (share + (1 - share) * REDDEST) * top)


def grain_powers(
    tiles: Tiles, detail: Detail, skin_patches: SkinPatches, face: FaceMesh, sigmas: Sequence[Tensor]
) -> list[Tensor]:
    """(B,) variances of gamma-coded luma that grain leaves on skin in bands of sigma (B,) native pixels.

    0 where it is not known; white beyond the 8 pixels that a tile can hold.
    """
    usable = _usable(_off_face(tiles, face).float())
    return _powers(tiles, detail, usable, _skin_power(skin_patches), sigmas)


def _powers(
    tiles: Tiles, detail: Detail, usable: Tensor, spectra: tuple[Tensor, Tensor], sigmas: Sequence[Tensor]
) -> list[Tensor]:
    """`grain_powers` of what `_usable` and `_skin_power` give."""
    (bare, skin), power = spectra, tiles.power.flatten(2)
    octave = _mean_of(detail.cutoff, 2.0)
    top = noise_power(power, octave, usable)
    share = (noise_power(skin, octave, bare) / top.clamp_min(1e-12)).clamp_max(1.0)
    return [_lowered(power, usable, top, share, sigma) for sigma in sigmas]


def _lowered(power: Tensor, usable: Tensor, top: Tensor, share: Tensor, sigma: Tensor) -> Tensor:
    """(B,): the band's power in the smoothest tiles, bounded by the top octave's, as skin shares it."""
    read = sigma.clamp(0.4, _WIDEST)
    gain = band_gain(SIDE, read).flatten(1) * (read / sigma.clamp_min(read))[:, None] ** 2
    lowered = torch.minimum(noise_power(power, gain, usable), _REDDER * gain.sum(1) * top) * share
    return torch.where(usable.sum(1) > 0, lowered, 0.0)


def _usable(off: Tensor) -> Tensor:
    return off * (off.sum(1, keepdim=True) >= LEAST)


def pore_sigma(width: Tensor) -> Tensor:
    """(B,) native pixels: the smaller sigma of the pore band of faces of this width."""
    return (width.nan_to_num(PORES) / PORES).clamp(0.4, _WIDEST)


def _off_face(tiles: Tiles, face: FaceMesh) -> Tensor:
    """(B, T) bool: unclipped tiles that do not touch the box around the face."""
    points = face.points[:, :468, :2].nan_to_num(-1e4)
    reach = (SIDE / 2 / tiles.per_frame)[:, None, None]
    low, high = points.amin(1, keepdim=True) - reach, points.amax(1, keepdim=True) + reach
    return tiles.open & ((tiles.centre < low) | (tiles.centre > high)).any(2)


def _skin_power(patches: SkinPatches) -> tuple[Tensor, Tensor]:
    """Weights (B, K) and periodograms (B, K, F) of squares of the windows that are bare all over."""
    bright = luminance(patches.linear.flatten(0, 1))[:, 0].reshape(patches.bare.shape)
    windows = torch.stack((encoded_from_linear(bright), patches.bare))
    cut = windows.unfold(3, SIDE, SIDE).unfold(4, SIDE, SIDE).flatten(2, 4)
    return (cut[1].mean((2, 3)) > 0.98).float(), periodogram(cut[0]).flatten(2)


def _mean_of(cutoff: Tensor, times: float) -> Tensor:
    """(B, F): takes the mean density from so many times below the cut-off (B,) up to it."""
    r = radius(SIDE, cutoff.device)
    inside = (r <= cutoff[:, None, None]) & (r >= cutoff[:, None, None] / times)
    weight = (inside * twins(SIDE, cutoff.device)).flatten(1)
    return weight / weight.sum(1, keepdim=True)
