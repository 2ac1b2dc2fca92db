"""What a metal's or a varnish's highlights are made of: the body's own colour, or the light's."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.optics.constants import picked
from lightmeter.optics.statistics import weighted_mean
from lightmeter.optics.transfer import luminance
from lightmeter.see.facets import Facets
from lightmeter.see.metal import CLIPPED, Metal
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import Matte

_SKIN_RED, _SKIN_BLUE = (0.3, 1.3), (-1.3, -0.2)
"""log2 of red and of blue over green that skin of all tones has in white light."""
_GROUND, _PALE = 0.15, 0.5
"""Least luminance, and least over greatest channel, of a ground that is taken for white or grey."""
_KEPT = 0.25
"""Share of a cell's pixels that must not be clipped."""
_MATTE = 1.5
"""A matte body's brightest over its 75th percentile: 1.2 for a sphere under light from the camera, 1.5 for
one lit from a right angle; what is brighter is mirrored light."""
_BLACK = 1e-4
_LEAST = 24


@dataclass(frozen=True)
class MetalLobes:
    """The dichromatic reading of one region an image, N = R x C pixels of its plane.

    body: (B, 3) its colour under white light, of luminance 1. purity: (B,) 0 for grey, 1 without one primary.
    level: (B, 5) linear luminance at 2, 50, 75, 90 and 98 % of its pixels. own, light: (B,) mean luminance
    over the brightest tenth that is mirrored in the body's colour, and in the light's. matte: (B,) the
    luminance that a matte body could have at most. highlight: (B, 1, R, C) where it is outshone.
    white: (B, 3) the light's colour, luminance 1.
    found: where there is nothing to look at, or no highlight can be; refusals: where none keeps a colour.
    """

    body: Tensor
    purity: Tensor
    level: Tensor
    own: Tensor
    light: Tensor
    matte: Tensor
    highlight: Tensor
    white: Tensor
    found: tuple[Refusal, ...] = ()
    refusals: tuple[Refusal, ...] = ()


@provides
def metal_lobes(linear: Tensor, metal: Metal, facets: Facets, background: Matte) -> MetalLobes:
    """Split highlights into the body's colour and the light's.

    The dichromatic model: light leaves a dielectric as body colour, at most as bright as a matte surface
    can be, or mirrored in the light's own colour; a conductor mirrors all of it in its own. So of the
    brightest tenth, what lies towards the light's colour is the one part. What keeps the body's colour is
    the other, as far as it outshines the body, and counts from once to twice as bright as matte can be.
    Clipped pixels have lost their colour and are left out, before cells of the plane are averaged: with them
    a path-traced copper chain's highlights were white.
    Source: Shafer 1985, "Using color to separate reflection components"; Healey 1989 for conductors.
    """
    white = _white(linear, metal, facets, background)
    colour = metal.linear.flatten(2) / white[..., None]
    weight = metal.alpha.flatten(1)
    bright = luminance(colour[..., None])[:, 0, :, 0]
    level, count = _quantiles(bright, weight, (0.02, 0.5, 0.7, 0.75, 0.9, 0.98))
    unclipped = weight * (metal.kept.flatten(1) > _KEPT)
    colour = metal.unclipped.flatten(2) / white[..., None]
    clean = luminance(colour[..., None])[:, 0, :, 0]
    middle = unclipped * (bright >= level[:, 2:3]) * (bright <= level[:, 4:5])
    body = torch.stack([weighted_mean(colour[:, c], middle) for c in range(3)], dim=1).nan_to_num(1.0)
    body = body / luminance(body[..., None, None])[:, :, 0, 0].clamp_min(_BLACK)
    top = unclipped * (bright >= level[:, 4:5])
    matte = (_MATTE * level[:, 3:4]).clamp_min(_BLACK)
    towards = _towards_light(colour, clean, body)
    light = weighted_mean(towards * clean, top).clamp_min(0)
    beyond = (clean / matte - 1).clamp(0, 1)
    own = weighted_mean(beyond * ((1 - towards.clamp(0, 1)) * clean - matte / _MATTE).clamp_min(0), top)
    few = Refusal(
        top.sum(1) < _LEAST, "{:.0f} pixels of highlight are not clipped: 24 are needed", top.sum(1)
    )
    highlight = (weight * (bright > matte)).view_as(metal.alpha)
    purity = 1 - body.amin(1) / body.amax(1).clamp_min(_BLACK)
    shown = picked(level, (0, 1, 3, 4, 5))
    nothing = Refusal(count < _LEAST, "nothing that may be metal stands apart from the ground")
    beyond_range = Refusal(
        matte[:, 0] * body.amax(1) > CLIPPED,
        "what may be metal is so bright that its highlights are beyond the picture's range",
    )
    found = (*metal.refusals, nothing, beyond_range)
    return MetalLobes(body, purity, shown, own, light, matte[:, 0], highlight, white, found, (few,))


def _towards_light(colour: Tensor, bright: Tensor, body: Tensor) -> Tensor:
    """(B, N) share of each pixel's luminance in the light's colour: least squares between body and white."""
    axis = (body - 1)[..., None]
    away = body[..., None] - colour / bright[:, None].clamp_min(_BLACK)
    return (away * axis).sum(1) / (axis * axis).sum(1).clamp_min(_BLACK)


def _quantiles(x: Tensor, weight: Tensor, shares: tuple[float, ...]) -> tuple[Tensor, Tensor]:
    """(B, Q) quantiles of x (B, N) where weight is 1, and (B,) how many there are; inf without any."""
    ordered = torch.where(weight > 0, x, torch.inf).sort(dim=1).values
    count = weight.sum(1)
    rank = torch.stack([(share * (count - 1).clamp_min(0)).round() for share in shares], dim=1)
    return ordered.gather(1, rank.long()), count


def _white(linear: Tensor, metal: Metal, facets: Facets, background: Matte) -> Tensor:
    """(B, 3) the light's colour: as skin, or a pale ground, must have been lit to look as it does."""
    mean = torch.stack([weighted_mean(facets.linear[:, c], facets.skin) for c in range(3)], dim=1)
    stops = torch.log2(mean.nan_to_num(1.0).clamp_min(_BLACK))
    red, blue = stops[:, 0] - stops[:, 1], stops[:, 2] - stops[:, 1]
    excess = torch.stack(
        (red - red.clamp(*_SKIN_RED), torch.zeros_like(red), blue - blue.clamp(*_SKIN_BLUE)), dim=1
    )
    step = slice(None, None, 4)
    seen = background.alpha[..., step, step].flatten(1)
    ground = torch.stack([weighted_mean(linear[:, c, step, step].flatten(1), seen) for c in range(3)], dim=1)
    pale = (luminance(ground[..., None, None])[:, 0, 0] > _GROUND) & (
        ground.amin(1, keepdim=True) > _PALE * ground.amax(1, keepdim=True)
    )
    neutral = torch.ones_like(ground)
    by_ground = torch.where(pale, ground.nan_to_num(1.0), neutral)
    by_skin = torch.where((facets.skin.sum(1) > 0)[:, None], torch.exp2(excess), neutral)
    white = torch.where(metal.face[:, None], by_skin, by_ground)
    return white / luminance(white[..., None, None])[:, :, 0, 0].clamp_min(_BLACK)
