"""The four-pointed star that Gemini lays over the lower right of its pictures, found by its outline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.see.provide import provides

_RADII = tuple(0.0115 * 1.09**step for step in range(16))
"""Centre to tip, of the frame's short side: a mark of 48 pixels on 768 has 0.031, one of 96 on 4096 0.0117.
Those seen in galleries fit best from 0.024 to 0.039. One step is 9 %."""
_MARGINS = (1.5, 2.8)
"""Centre to the right and lower edge, in radii: Gemini leaves two thirds of the mark's size free, 2.33,
whatever that size is; marks in galleries fit best at 1.6 to 2.3."""
_ASKEW = 0.35
"""Most by which both margins differ, in radii: the same is left free at the right and below."""
_STEP = 0.1
"""Between centres that are tried, in radii."""
_ASIDE = 0.13
"""How far from the outline its two sides are read, in radii."""
_ARC = (18.0, 27.0, 36.0, 45.0, 54.0, 63.0, 72.0)
"""Where along each concave quarter circle, in degrees."""
_TIPS = (0.65, 0.7, 0.75), (1.2, 1.3, 1.4), (1.5, 1.6, 1.7)
"""Along an arm, in radii: within it, past its tip and farther."""
_ROOM = 0.03
"""Added to what is left up to white: on white nothing can be seen of a white veil."""
_FAINT = 0.01
"""Contrast that a coded picture has anyway: steps of 8 bits and what a codec adds."""


@dataclass(frozen=True)
class GeneratorMark:
    """The star that fits best. strength: (B,) 0..1, how much it is one. centre: (B, 2) x, y and radius: (B,)
    from there to its tips, in frame pixels."""

    strength: Tensor
    centre: Tensor
    radius: Tensor


@provides
def generator_mark(encoded: Tensor) -> GeneratorMark:
    """Try stars of all radii near the lower right corner of (B, 3, H, W) sRGB-coded frames.

    The mark is a veil of white of coverage a: in coded values x becomes x + a (1 - x), so that across its
    outline (rise / room up to white) is a all around, and 0 a step farther out. Strength is the square of
    the mean of that ratio over the mean of its squares, those farther out counted in: 1 where it is the same
    everywhere, about 1/2 where half of the outline has it, as an edge that passes.
    """
    plane = encoded.mean(1, keepdim=True)
    radii = constant(_RADII, encoded) * min(encoded.shape[2:])
    tried = [_at_radius(plane, radius) for radius in radii]
    strength, which = torch.stack([each for each, _ in tried], 1).max(1)
    centres = torch.stack([each for _, each in tried], 1)
    centre = centres.gather(1, which[:, None, None].expand(-1, 1, 2))[:, 0]
    return GeneratorMark(strength, centre, radii[which])


def _at_radius(plane: Tensor, radius: Tensor) -> tuple[Tensor, Tensor]:
    """(B,) best strength of stars of one radius in pixels, and (B, 2) their centres x, y."""
    corner = constant((plane.shape[3], plane.shape[2]), radius)
    offsets, *sides = _star(plane.device)
    centres = corner - radius * offsets
    inner, outer, beyond = (_sampled(plane, centres[:, None] + radius * each) for each in sides)
    # Apart, for lines that cross have half of the flanks and no tips, a lamp the flanks' outer half.
    arms = [each.view(*each.shape[:2], 4, -1) for each in (inner, outer, beyond)]
    flanks, tips = (
        _evenness(*(each[..., part].flatten(2) for each in arms))
        for part in (slice(len(_ARC)), slice(len(_ARC), None))
    )
    strength, place = torch.minimum(flanks, tips).max(1)
    return strength, centres[place]


def _evenness(inner: Tensor, outer: Tensor, beyond: Tensor) -> Tensor:
    """(B, N) strength of (B, N, P) pairs across N outlines."""
    room = (1 - outer).clamp_min(0) + _ROOM
    cover = ((inner - outer) / room).clamp(-1, 1)
    unrest = ((outer - beyond) / room).clamp(-1, 1)
    return cover.mean(-1).clamp_min(0) ** 2 / (cover**2 + unrest**2 + (_FAINT / room) ** 2).mean(-1)


@lru_cache(maxsize=16)
def _star(device: torch.device) -> tuple[Tensor, ...]:
    """`_offsets` and `_sides` on a device, sent there once."""
    return tuple(each.to(device, non_blocking=True) for each in _unit_star())


@cache
def _unit_star() -> tuple[Tensor, ...]:
    return _offsets(), *_sides()


def _offsets() -> Tensor:
    """(N, 2) centres that are tried, from the corner, in radii."""
    margins = torch.arange(_MARGINS[0], _MARGINS[1] + 1e-6, _STEP)
    both = torch.cartesian_prod(margins, margins)
    return both[(both[:, 0] - both[:, 1]).abs() <= _ASKEW]


def _sides() -> tuple[Tensor, Tensor, Tensor]:
    """(P, 2) points just inside the outline of the unit star, (P, 2) just outside and (P, 2) farther out."""
    turn = torch.tensor(_ARC).deg2rad()
    out = torch.stack((turn.sin(), turn.cos()), -1)
    outline = 1 - out
    # An arm is thinner than two steps near its tip: there the inside is its axis.
    inside = torch.cat(((outline - _ASIDE * out).clamp_min(0), _on_axis(_TIPS[0])))
    outside = torch.cat((outline + _ASIDE * out, _on_axis(_TIPS[1])))
    beyond = torch.cat((outline + 3 * _ASIDE * out, _on_axis(_TIPS[2])))
    return _all_quarters(inside), _all_quarters(outside), _all_quarters(beyond)


def _on_axis(reach: tuple[float, ...]) -> Tensor:
    """(P, 2) points along the first arm."""
    return torch.tensor([[each, 0.0] for each in reach])


def _all_quarters(points: Tensor) -> Tensor:
    """(P, 2) points and their turns by 90, 180 and 270 degrees."""
    turned = torch.stack((-points[:, 1], points[:, 0]), -1)
    return torch.cat((points, turned, -points, -turned))


def _sampled(plane: Tensor, points: Tensor) -> Tensor:
    """(B, N, P) of a (B, 1, H, W) plane at (N, P, 2) points x, y in pixels, bilinear."""
    size = constant((plane.shape[3], plane.shape[2]), points)
    grid = (2 * points / size - 1).expand(plane.shape[0], -1, -1, -1)
    return F.grid_sample(plane, grid, padding_mode="border", align_corners=False)[:, 0]
