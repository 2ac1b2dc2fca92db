"""What on the backdrop is neither its smooth surface nor its texture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.measure.background.fall_off import FallOff
from lightmeter.measure.background.fine_backdrop import FineBackdrop
from lightmeter.optics.colour import delta_e00
from lightmeter.optics.filters import spread
from lightmeter.see.provide import Refusal, provides

_OFF, _TEXTURES = 5.0, 3.0
"""deltaE00 from the surface that anybody sees; and how often the texture, whose tail it must be beyond."""
_HARD = 4.0
"""deltaE00 over two cells, 1/64 of the long side: what a thing in focus or a little out of it has."""
_WIDE, _STEEP = 3, 0.5
"""And half or more of what it has over six cells: a soft shadow, a glow or bokeh rises over more."""
_GROWTH, _REACH = 16, 2
"""Rounds and cells in which an element is followed inwards from its edge: to a quarter of the frame."""


_MOST = 0.25
"""Share of clutter over which a backdrop is a place: of those called black, chroma, plain or a gradient by
eye the fullest has 0.23, of textured ones a third have more than 0.25 (n = 59, fit half)."""


@dataclass(frozen=True)
class Clutter:
    """alpha: (B, 1, h, w) 1 where a cell is clutter, else 0. backdrop: (B, 1, h, w) 1 on background cells."""

    alpha: Tensor
    backdrop: Tensor
    refusals: tuple[Refusal, ...] = ()

    @property
    def share(self) -> Tensor:
        """(B,) of the background cells; NaN without any."""
        backdrop = self.backdrop.flatten(1)
        return (self.alpha.flatten(1) * backdrop).sum(1) / backdrop.sum(1)

    @property
    def crowded(self) -> Refusal:
        """Why what is read of a surface is not measured before a place full of things."""
        return Refusal(
            self.share > _MOST, "{:.0f} % of the backdrop is things: 25 are the most", 100 * self.share
        )


@provides
def clutter(fall_off: FallOff, fine_backdrop: FineBackdrop) -> Clutter:
    """Cells off the surface, reached from a hard edge without leaving such cells."""
    sure = (fall_off.share > 0.5).to(fall_off.colour.dtype)
    limit = _OFF + _TEXTURES * fine_backdrop.texture[:, None, None]
    off = (delta_e00(fall_off.colour, fall_off.surface) > limit)[:, None] * sure
    found = spread(_hard_edges(fall_off.colour, sure, fine_backdrop.texture), 1) * off
    for _ in range(_GROWTH):
        found = spread(found, _REACH) * off
    return Clutter(found, sure, fall_off.refusals)


def _hard_edges(colour: Tensor, sure: Tensor, texture: Tensor) -> Tensor:
    """(B, 1, h, w) 1 where the cells either side differ by more than `_HARD` and by three textures."""
    limit = (_HARD + _TEXTURES * texture)[:, None, None]
    edges = torch.zeros_like(sure)
    for axis in (2, 3):
        n = colour.shape[axis] - 2 * _WIDE
        if n < 1:
            continue
        near, both = _across(colour, sure, axis, 1)
        near, both = (x.narrow(axis - 1, _WIDE - 1, n) for x in (near, both))
        wide, all_of = _across(colour, sure, axis, _WIDE)
        hard = (near > limit) & (near > _STEEP * wide) & both & all_of
        edges.narrow(axis, _WIDE, n).add_(hard[:, None])
    return edges.clamp(max=1)


def _across(colour: Tensor, sure: Tensor, axis: int, reach: int) -> tuple[Tensor, Tensor]:
    """(B, h, w) deltaE00 from `reach` cells before to `reach` after, and whether both are background."""
    n = colour.shape[axis] - 2 * reach
    one, other = colour.narrow(axis, 0, n), colour.narrow(axis, 2 * reach, n)
    both = sure.narrow(axis, 0, n) * sure.narrow(axis, 2 * reach, n)
    return delta_e00(one, other), both[:, 0] > 0
