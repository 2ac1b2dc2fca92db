from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.measure.light.key_light import KeyLight
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.measure.skin.skin_surface import CELLS, SkinSurface
from lightmeter.optics.skin_colour import chromaticity, on_reference_skin
from lightmeter.optics.statistics import median
from lightmeter.see.canvas import Canvas

_TERMINATOR = (-0.1, 0.25)
"""Cosine of the key's angle: 6 degrees beyond grazing to 14 short of it. Blood scatters some millimetres:
that is 3 to 10 degrees of a cheek."""

_SURE = 12.0
"""Degrees of the key's standard error: what it grazes is 20 wide, and would be sought elsewhere."""

_LIT, _SHADOW = 0.5, -0.15
_BURNT = 0.05
_BLACK = 0.004
"""Linear light under which 8-bit codes have no chroma: 13 of 255."""

_LEAST_CELLS = 100
_LEAST_FALL = 0.5
_GREY = 0.1
"""As in `skin_tone_variation`."""


@dataclass(frozen=True)
class _Zones:
    """(B, 1, G, G), 1 or 0: skin that faces the key, that it grazes, and that is turned away from it."""

    lit: Tensor
    terminator: Tensor
    shadow: Tensor


@measurement(
    unit="deltaE00",
    bounds=(-40.0, 40.0),
    source="CIEDE2000 of log chromaticity; red scatters farthest in skin (Jensen 2001; d'Eon & Luebke 2007)",
    tolerance=2.0,
)
def terminator_warmth(skin_surface: SkinSurface, key_light: KeyLight) -> PerImage:
    """How much redder skin is where the key grazes it than a mixture of its lit and its shadow colour.

    Positive is redder, negative greener; what goes to and fro between green and blue does not count. A lamp
    and a fill of different colours give 0, since a surface that lets no light through shows mixtures of the
    two. Shown on one reference skin: blind to skin tone and exposure. Rendered heads read 0, and 1 where red
    spreads a hundredth of the face's width. A contrast curve laid on each channel reddens half-shadows too,
    and coloured rims and cast shadows move it: between pictures of unlike light a difference of 2 says
    little. Not measured without a face, where the key has no direction or is known to worse than 12 degrees,
    where too little skin is seen in one of the three zones, where these differ by less than half a stop, and
    in black and white.
    """
    zones = _zones(skin_surface, key_light)
    lit, edge, shadow = (
        _median(skin_surface.linear, each) for each in (zones.lit, zones.terminator, zones.shadow)
    )
    fall = torch.log2(lit[:, 1] / shadow[:, 1])
    part = ((edge[:, 1] - shadow[:, 1]) / (lit[:, 1] - shadow[:, 1])).clamp(0, 1)[:, None]
    change = chromaticity(edge) - chromaticity(part * lit + (1 - part) * shadow)
    # Towards red, whatever goes from green to blue and back besides: through 0, without a leap.
    red = change[:, 0] - change[:, 1] / 2
    shown = on_reference_skin(torch.stack((red, torch.zeros_like(red)), 1)[..., None])[:, 0]
    result = PerImage(torch.sign(red) * shown)
    result = result.refusing(key_light.refusals).refusing(key_light.undirected)
    result = result.unless(
        key_light.fit.error > _SURE,
        f"the key is known to {{:.0f}} degrees: to tell what it grazes, {_SURE:.0f} are needed",
        key_light.fit.error,
    )
    seen = (("faces", zones.lit), ("is grazed by", zones.terminator), ("is turned from", zones.shadow))
    for how, zone in seen:
        cells = zone.sum((1, 2, 3))
        share, least = 100 * cells / CELLS**2, 100 * _LEAST_CELLS / CELLS**2
        result = result.unless(
            cells < _LEAST_CELLS,
            f"skin that {how} the key is {{:.1f}} % of the face's square: {least:.1f} are needed",
            share,
        )
    grey = chromaticity(lit[..., None])[..., 0].abs().amax(1) < _GREY
    result = result.unless(grey, "skin has no colour: a black and white or tinted picture")
    return result.unless(
        fall < _LEAST_FALL, "shadow is {:.1f} stops darker than lit skin: 0.5 are needed", fall
    )


def _zones(surface: SkinSurface, key: KeyLight) -> _Zones:
    cosine = (surface.normal * key.fit.direction[:, :, None, None]).sum(1, keepdim=True)
    known = (surface.clipped < _BURNT) & (surface.linear.amin(1, keepdim=True) > _BLACK)
    skin = surface.skin * known
    edge = (cosine > _TERMINATOR[0]) & (cosine < _TERMINATOR[1])
    return _Zones(skin * (cosine > _LIT), skin * edge, skin * (cosine < _SHADOW))


def _median(linear: Tensor, where: Tensor) -> Tensor:
    """(B, 3) median of each channel, NaN where there is none."""
    return median(linear.flatten(2), where.flatten(2))


@overlay("terminator_warmth")
def terminator(skin_surface: SkinSurface, key_light: KeyLight, canvas: Canvas) -> Marks:
    """Where the key grazes the skin, and the lit and the shadowed skin that it is compared with."""
    zones = _zones(skin_surface, key_light)
    labelled = {
        "skin that the key grazes": zones.terminator,
        "lit skin": zones.lit,
        "skin in shadow": zones.shadow,
    }
    return Marks(areas={label: skin_surface.on_frame(zone, canvas) for label, zone in labelled.items()})
