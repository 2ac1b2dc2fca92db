"""The seamless surface under a backdrop, in CIE Lab of linear-light means, and what it says of the light."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.measure.background.backdrop import Backdrop
from lightmeter.measure.background.straight_edge import StraightEdge, side
from lightmeter.optics.colour import lab
from lightmeter.optics.constants import constant
from lightmeter.optics.geometry import length
from lightmeter.optics.statistics import least_squares
from lightmeter.optics.surface import quadratic_terms, robust_fit
from lightmeter.see.provide import Refusal, provides

_BLACK = 0.002
"""Linear luminance, sRGB 7 of 255, below which all is the same black: codes there are all noise in stops."""
_EDGE = 2.0
"""Lab units from which a straight edge is a step of the surface's own. A faint horizon has 4; a cluttered
wall has lines of 1.0 to 1.2, which come and go with exposure, and would take the gradient with them."""


@dataclass(frozen=True)
class FallOff:
    """What is smooth about a backdrop.

    colour, surface: (B, 3, h, w) CIE Lab of the cells and of the surface, its step at a straight edge with
    it. light: (B, 1, h, w) stops, log2 luminance of the surface without that step, floored at a black of
    0.002. share, held: (B, 1, h, w) share of a cell that is sure background, and its weight as lying on the
    surface. slope: (B, 2) stops per half long side, to the right and upwards.
    """

    colour: Tensor
    surface: Tensor
    light: Tensor
    share: Tensor
    held: Tensor
    slope: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def fall_off(backdrop: Backdrop, straight_edge: StraightEdge) -> FallOff:
    """Fit Lab by a quadratic surface and a step at the straight edge, robustly.

    In L* and not in stops, as a cube root makes fall-offs even in stops and even in light nearly quadratic
    both: a ramp of two stops is off by less than 0.02 of them.
    """
    colour = lab(backdrop.linear)
    b, _, h, w = colour.shape
    share = backdrop.share.reshape(b, h * w)
    there = (length(straight_edge.step, 1) > _EDGE)[:, None, None]
    step = (side(straight_edge, h, w) * there).reshape(b, h * w, 1)
    terms = quadratic_terms(h, w, colour).expand(b, -1, -1)
    target = colour.reshape(b, 3, h * w).transpose(1, 2)
    solution, held = robust_fit(torch.cat((terms, step), 2), target, share)
    smooth = terms.double() @ solution[:, :6]
    surface = (smooth + step.double() * solution[:, 6:]).transpose(1, 2).reshape(b, 3, h, w).to(colour.dtype)
    light = stops(smooth[..., 0].to(colour.dtype))
    slope = _slope(light, terms[..., 1:3], share)
    held = held * (share > 0.5)
    light = light.reshape(b, 1, h, w)
    return FallOff(colour, surface, light, backdrop.share, held.reshape(b, 1, h, w), slope, backdrop.refusals)


def _slope(light: Tensor, places: Tensor, weight: Tensor) -> Tensor:
    """(B, 2) of the plane through light (B, N), right and up; places (B, N, 2) are x and y down."""
    level = torch.cat((torch.ones_like(places[..., :1]), places), 2)
    plane = least_squares(level, light[..., None], weight)[:, 1:, 0]
    return (plane * constant((1.0, -1.0), plane)).to(light.dtype)


def stops(lightness: Tensor) -> Tensor:
    """log2 luminance of CIE L*, not below that of `_BLACK`."""
    above = ((lightness + 16) / 116) ** 3
    luminance = torch.where(lightness > 8, above, lightness * (27 / 24389))
    return luminance.clamp_min(_BLACK).log2()
