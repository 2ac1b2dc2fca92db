"""What the skin's oil reflects, told from what the skin itself does: by colour and by brightness."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.measure.skin.skin_surface import CELLS, SkinSurface
from lightmeter.optics.relief import smoothed_within
from lightmeter.optics.statistics import median, weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.see.provide import Refusal, provides

_AROUND = CELLS / 6
"""Sigma in cells of what a highlight must outshine: wider than the lobe of skin on a cheek."""

_BRIGHT = 0.8
"""Quantile of luminance that the skin's own colour is read below."""

_SHADE = 0.4
"""Of that quantile: darker skin is in shadow, against which all lit skin would shine."""

_BLUEST = 0.8
"""Blue over red of the skin beyond which white is hardly another colour than it."""

_MOST = 5.0
_LEAST_CELLS = 400


@dataclass(frozen=True)
class SkinGloss:
    """ratio: (B, 1, G, G) specular over diffuse red light of each cell of the skin's surface, 0..5; red,
    for in it skins differ least. light: (B, 1, G, G) the specular light itself, linear. lit: (B, 1, G, G)
    1 on skin that is not in shadow. refusals: why it is not known of some images."""

    ratio: Tensor
    light: Tensor
    lit: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def skin_gloss(skin_surface: SkinSurface) -> SkinGloss:
    """Split the light of skin into its own colour and white.

    With diffuse light d (1, ., beta) and specular light s (1, 1, 1), blue over red is
    (beta d + s) / (d + s), from which s / d follows. The skin's own beta is the median of what is lit but
    not bright. Skin is merely paler in places: what colour claims, brightness over the surroundings must
    bear out, and the lesser of the two counts.
    Source: dichromatic reflection, Shafer 1985, Color Res. Appl. 10(4).
    """
    red, blue = skin_surface.linear[:, :1].clamp_min(1e-5), skin_surface.linear[:, 2:]
    lit, body = _lit(skin_surface)
    hue = blue / red
    beta = median(hue.flatten(1), body.flatten(1))
    own = beta.nan_to_num(0.0)[:, None, None, None]
    by_colour = (hue - own) / (1 - hue).clamp_min(0.1)
    by_brightness = red / smoothed_within(red, lit, _AROUND).clamp_min(1e-5) - 1
    ratio = torch.minimum(by_colour, by_brightness).clamp(0, _MOST) * lit
    whole = by_colour.clamp(0, _MOST) * lit
    cells = lit.sum((1, 2, 3))
    few = Refusal(
        cells < _LEAST_CELLS,
        "{:.1f} % of the face's square is lit skin: 4 are needed",
        100 * cells / CELLS**2,
    )
    grey = Refusal(beta > _BLUEST, "skin is as blue as red ({:.2f}): highlights do not differ from it", beta)
    return SkinGloss(ratio, red * whole / (1 + whole), lit, (*skin_surface.refusals, few, grey))


def _lit(surface: SkinSurface) -> tuple[Tensor, Tensor]:
    """Skin out of shadow, and that part of it which shows the skin's own colour, each (B, 1, G, G)."""
    bright = luminance(surface.linear)
    high = weighted_quantile(bright.flatten(1), surface.skin.flatten(1), _BRIGHT)[:, None, None, None]
    lit = surface.skin * (bright > _SHADE * high)
    return lit, lit * (bright < high)
