from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.measure.skin.skin_surface import CELLS, SkinSurface
from lightmeter.optics.filters import shrink
from lightmeter.optics.relief import smoothed_within
from lightmeter.optics.skin_colour import chromaticity, on_reference_skin
from lightmeter.optics.statistics import median
from lightmeter.optics.transfer import luminance
from lightmeter.see.canvas import Canvas

_FINE, _COARSE = CELLS / 64, CELLS / 16
"""Sigmas in cells: between them lie blotches of 0.03 to 0.15 face widths."""

_UNEVEN = 0.1
"""Change of log luminance over a blotch beyond which light changes too: shadow edges, creases, highlights."""

_DARK = 0.25
"""Of the median luminance of skin: darker skin is in shadow, where codecs leave no chroma."""

_BURNT = 0.05
_LEAST_WIDTH = 64
_LEAST_CELLS = 100
_GREY = 0.1
"""Log ratio of channels below which skin has no colour of its own: black and white measures under 0.05,
tinted prints under 0.1, skin in white light 0.3 to 1."""


@measurement(
    unit="deltaE00",
    bounds=(0.0, 20.0),
    source="CIEDE2000 (Sharma 2005) of band-passed log chromaticity, in which pigments add (Tsumura 1999)",
    tolerance=0.2,
)
def skin_tone_variation(skin_surface: SkinSurface) -> PerImage:
    """Median chroma difference of facial skin from its surroundings, at blotches of 0.03 to 0.15 face widths.

    Log chromaticity knows no shading and no exposure; coloured light, make-up laid on broadly and the
    skin's own colour are smooth and drop out with the coarser of two blurs; the rest is shown on one
    reference skin, so that a blotch counts the same on any skin tone. Only where luminance is even.
    Make-up with edges, stubble and coloured codec blocks count. Not measured without a face, on one
    under 64 frame pixels wide, with little evenly lit skin, and in black and white.
    """
    even, difference, colour = _blotches(skin_surface)
    value = median(difference.flatten(1), even.flatten(1))
    cells, width = even.sum((1, 2, 3)), skin_surface.width
    return (
        PerImage(value)
        .refusing(skin_surface.refusals)
        .unless(width < _LEAST_WIDTH, f"face is {{:.0f}} px wide: blotches need {_LEAST_WIDTH}", width)
        .unless(
            cells < _LEAST_CELLS,
            "{:.1f} % of the face's square is evenly lit skin: 4 are needed",
            400 * cells / CELLS**2,
        )
        .unless(colour < _GREY, "skin has no colour: a black and white or tinted picture")
    )


def _blotches(surface: SkinSurface) -> tuple[Tensor, Tensor, Tensor]:
    """Every other cell both ways: evenly lit skin (B, 1, G / 2, G / 2), its difference from its surroundings
    likewise in deltaE00; and how far the skin's median chromaticity is from grey (B,)."""
    bright = luminance(surface.linear)
    typical = median(bright.flatten(1), surface.skin.flatten(1))
    lit = surface.skin * (bright > _DARK * typical[:, None, None, None]) * (surface.clipped < _BURNT)
    lit = shrink(lit, 1)
    fine, coarse = (smoothed_within(surface.linear, lit, sigma) for sigma in (_FINE, _COARSE))
    fine, coarse, lit = (each[..., ::2, ::2] for each in (fine, coarse, lit))
    change = chromaticity(fine) - chromaticity(coarse)
    step = torch.log(luminance(fine).clamp_min(1e-6) / luminance(coarse).clamp_min(1e-6))
    even = lit * (step.abs() < _UNEVEN)
    own = chromaticity(fine).flatten(2)
    grey = median(own, lit.flatten(2)).abs().amax(1)
    return even, on_reference_skin(change)[:, None], grey


@overlay("skin_tone_variation")
def skin_blotches(skin_surface: SkinSurface, canvas: Canvas) -> Marks:
    """Skin that differs from its surroundings by a deltaE00 or more, fully shown at two."""
    even, difference, _ = _blotches(skin_surface)
    area = ((difference - 1).clamp(0, 1) * even).nan_to_num()
    return Marks(areas={"skin of another colour than around it": skin_surface.on_frame(area, canvas)})
