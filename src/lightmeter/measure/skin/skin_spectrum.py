"""The spectrum of a face's skin and of the grain over it, for a chart beside real photographs."""

from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.skin.detail import Detail
from lightmeter.measure.skin.grain import grain_powers
from lightmeter.measure.skin.photographs import PITCHES, SIGMAS
from lightmeter.measure.skin.pore_band import PoreBand, even_contrast
from lightmeter.measure.skin.skin_windows import SkinWindows, local_powers
from lightmeter.see.patches import SkinPatches
from lightmeter.see.regions import FaceMesh
from lightmeter.see.tiles import Tiles

FACE = "skin, grain removed"
GRAIN = "grain"

_FINEST = 0.4
"""Pixels of the smaller sigma: a band finer than that reaches beyond Nyquist's limit."""


@overlay("skin_texture")
def skin_spectrum(
    skin_windows: SkinWindows,
    pore_band: PoreBand,
    tiles: Tiles,
    detail: Detail,
    skin_patches: SkinPatches,
    face: FaceMesh,
) -> Marks:
    """Contrast of the face's skin from 11 to 92 cycles per face width, in the bands of `skin_texture`.

    The fifth band is `skin_texture` itself; the others are the same filter, half octaves apart, read at the
    same places in the same way. None where `skin_texture` is not measured, nor beyond the picture's detail.
    """
    width = skin_patches.face_width
    native = [(share * width).nan_to_num(1.0) for share in SIGMAS]
    sigmas = [share * skin_windows.width for share in SIGMAS]
    noises = grain_powers(tiles, detail, skin_patches, face, native)
    raws = local_powers(skin_windows, [each.nan_to_num(1.0).clamp_min(_FINEST) for each in sigmas])
    curves = []
    for pitch, sigma, power, raw in zip(PITCHES, sigmas, noises, raws, strict=True):
        noise = power[:, None, None, None] * skin_windows.steep
        both = torch.stack((even_contrast(raw, noise, pore_band.bare), _level(noise, pore_band.bare)))
        held = (sigma >= _FINEST) & (pitch <= detail.cutoff * width)
        curves.append(both.masked_fill(~held, torch.nan))
    for refusal in pore_band.refusals:
        curves = [each.masked_fill(refusal.when, torch.nan) for each in curves]
    skin, grain = torch.stack(curves, 2)
    return Marks(spectra={FACE: skin, GRAIN: grain})


def _level(noise: Tensor, bare: Tensor) -> Tensor:
    """(B,) RMS contrast of grain in %, of the places where skin is read."""
    middle: Tensor = (noise * bare).sum((1, 2, 3)) / bare.sum((1, 2, 3)).clamp_min(1.0)
    return 100 * middle.sqrt()
