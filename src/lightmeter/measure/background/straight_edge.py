"""The straight edge across the backdrop: where a wall meets a floor, found as a line with two colours."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.background.backdrop import Backdrop
from lightmeter.optics.colour import lab
from lightmeter.optics.constants import constant
from lightmeter.optics.geometry import length, unit
from lightmeter.see.provide import Refusal, provides

_ANGLES, _SPACING, _POINTS = 60, 2.0, 64
"""Lines looked along at first: every 3 degrees, every 2 cells; places along each."""
_NEARBY, _TURN, _FINE = 10, 1.0, 0.5
"""Then, around the best: this many fine spacings and this many degrees either way, in these steps."""
_TURNS = 4
_LENGTH, _SEEN = 0.3, 0.25
"""Least length of a line over sure background, in long sides; least share of its way through the frame."""
_SPREAD = 0.674
"""Mean less this many standard deviations is the lower quartile under Gauss: three quarters of the line
have the step, or the edge is something else's, which is no line across the backdrop."""
_HALF, _THROUGHOUT = 0.5, 0.75
"""Shares of the line with half the mean step or more: from one half, as along the side of a stray box, to
three quarters a line comes to count. Gauss is there at a deviation of 0.74 of the mean."""
_APART = 8.0
"""Cells from one step to the next that are two: posterised ramps have many, a horizon is alone."""


@dataclass(frozen=True)
class StraightEdge:
    """The strongest line with two colours beside it; a step of 0 where there is none.

    normal: (B,) radians, from x right towards y down. offset: (B,) cells from the middle of the grid along
    the normal. step: (B, 3) CIE Lab, the side ahead less the side behind. middle: (B, 3) Lab between them.
    ends: (B, 2, 2) x, y in cells of the ends of what is seen of it; NaN where nothing is.
    """

    normal: Tensor
    offset: Tensor
    step: Tensor
    middle: Tensor
    ends: Tensor
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class _Lines:
    """Lines (B, A, R): where they lie, the steps across them (B, A, R, 3), which of them count, and which of
    their P places do, (B, A, R, P). behind, ahead: colours (B, 3, A, R, P) either side of each place."""

    offset: Tensor
    step: Tensor
    counts: Tensor
    places: Tensor
    behind: Tensor
    ahead: Tensor

    def middle(self, at: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """(B, 3) mean colour between the two sides of one line of each image."""
        rows, turn, place = at
        weight = self.places[at][:, None].to(self.behind.dtype)
        both = (self.behind[rows, :, turn, place] + self.ahead[rows, :, turn, place]) / 2
        return (both * weight).sum(2) / weight.sum(2).clamp_min(1)


@provides
def straight_edge(backdrop: Backdrop) -> StraightEdge:
    """Search all lines coarsely for a step in colour all along, then the best one's neighbours finely.

    A step is what the colours either side differ by beyond the slope further out, so smooth gradients,
    blur and bokeh wider than 12 cells have none. From it the strongest other step of the same sign along a
    parallel line is taken off: a ramp in steps is banding, not a horizon.
    """
    colour = lab(backdrop.linear)
    size = backdrop.share.shape[2:]
    sure = (backdrop.share > 0.5).to(colour.dtype)
    scale = max(size) / 128
    angle = torch.arange(_ANGLES, device=colour.device) * (math.pi / _ANGLES)
    reach = math.ceil(math.hypot(*size) / 2 / (_SPACING * scale))
    offset = torch.arange(-reach, reach + 1, device=colour.device) * _SPACING * scale
    b = len(colour)
    coarse = _lines(colour, sure, angle.expand(b, -1), offset.expand(b, _ANGLES, -1), 1)
    _, (rows, turn, place) = _strongest(coarse)
    near = angle[turn][:, None] + torch.deg2rad(
        torch.arange(-_TURNS, _TURNS + 1, device=colour.device) * _TURN
    )
    beside = torch.arange(-_NEARBY - 9, _NEARBY + 10, device=colour.device) * _FINE * scale
    fine_offset = (coarse.offset[rows, turn, place][:, None] + beside)[:, None].expand(-1, near.shape[1], -1)
    fine = _lines(colour, sure, near, fine_offset, 3)
    step, best = _strongest(fine)
    where = near[best[:2]], fine.offset[best]
    other = _parallel(colour, sure, where, step, reach)
    left = (1 - other / length(step, 1).clamp_min(1e-6)).clamp_min(0)
    ends = _ends(*where, fine.places[best], size)
    return StraightEdge(*where, step * left[:, None], fine.middle(best), ends, backdrop.refusals)


def _parallel(colour: Tensor, sure: Tensor, where: tuple[Tensor, Tensor], step: Tensor, reach: int) -> Tensor:
    """(B,) size of the strongest step the same way along another line of this direction, as finely."""
    scale = max(sure.shape[2:]) / 128
    count = round(reach * _SPACING / _FINE)
    offset = torch.arange(-count, count + 1, device=colour.device) * _FINE * scale
    lines = _lines(colour, sure, where[0][:, None], offset.expand(len(colour), 1, -1), 3)
    apart = (lines.offset[:, 0] - where[1][:, None]).abs() >= _APART * scale
    alike = (lines.step[:, 0] * unit(step, 1)[:, None]).sum(2) * lines.counts[:, 0]
    return (alike * apart).amax(1).clamp_min(0)


def side(edge: StraightEdge, height: int, width: int) -> Tensor:
    """(B, height, width): 1 on the cells ahead of the edge, 0 behind, 1/2 on it."""
    y = torch.arange(height, device=edge.normal.device) - (height - 1) / 2
    x = torch.arange(width, device=edge.normal.device) - (width - 1) / 2
    turn, offset = edge.normal[:, None, None], edge.offset[:, None, None]
    return (x * turn.cos() + y[:, None] * turn.sin() - offset + 0.5).clamp(0, 1)


def _lines(colour: Tensor, sure: Tensor, angle: Tensor, offset: Tensor, apart: int) -> _Lines:
    """Lines at angle (B, A) and offset (B, A, R) cells, evenly spaced, whose colours are compared 1 and 3
    `apart` away: less the outermost 3 `apart`, which have no such neighbours."""
    seen = torch.cat((colour * sure, sure, torch.ones_like(sure)), 1)
    b, a, r = offset.shape
    at = F.grid_sample(seen, _along(angle, offset, colour.shape[2:]), align_corners=False)
    at = at.view(b, 5, a, r, _POINTS)
    known = at[:, 3] > 0.98
    hue = at[:, :3] / at[:, 3:4].clamp_min(1e-6)
    rim = 3 * apart

    def moved(x: Tensor, by: int) -> Tensor:
        return x.narrow(-2, rim + by, r - 2 * rim)

    behind, ahead, back, far = (moved(hue, by) for by in (-apart, apart, -rim, rim))
    beyond, before = far - ahead, behind - back
    # The lesser slope: with the mean of both, a step beyond one side would count here, turned round.
    # A `where` would take as long as all the other steps.
    lesser = before.lerp_(beyond, (beyond.abs() < before.abs()).to(hue.dtype))
    step = (ahead - behind).sub_(lesser)
    places = moved(known, 0) & moved(known, apart) & moved(known, -apart)
    places = places & moved(known, rim) & moved(known, -rim)
    frame = (moved(at[:, 4], 0) > 0.5).sum(-1)
    summed, counts = _summed(step, places, frame, colour.shape[2:])
    return _Lines(offset[..., rim : r - rim], summed, counts, places, behind, ahead)


def _summed(step: Tensor, places: Tensor, frame: Tensor, size: torch.Size) -> tuple[Tensor, Tensor]:
    """The step (B, A, R, 3) that three quarters of a line have, and whether the line counts."""
    weight = places.to(step.dtype)
    count = weight.sum(-1)
    share = weight / count.clamp_min(1)[..., None]
    mean = (step * share[:, None]).sum(-1)
    size_of = length(mean, 1)
    towards = mean / size_of.clamp_min(1e-12)[:, None]
    along = (step * towards[..., None]).sum(1)
    spread = ((along - size_of[..., None]).square_() * share).sum(-1).sqrt()
    whole = ((along > _HALF * size_of[..., None]) * share).sum(-1)
    whole = ((whole - _HALF) / (_THROUGHOUT - _HALF)).clamp(0, 1)
    lower = towards * (whole * (size_of - _SPREAD * spread).clamp_min(0))[:, None]
    reach = count * (math.hypot(*size) / _POINTS)
    counts = (reach >= _LENGTH * max(size)) & (count >= _SEEN * frame)
    return lower.movedim(1, -1), counts


def _along(angle: Tensor, offset: Tensor, size: torch.Size) -> Tensor:
    """(B, A * R, P, 2) places on lines, as `grid_sample` counts: -1 to 1 over the grid's width and height."""
    height, width = size
    steps = (torch.arange(_POINTS, device=angle.device) + 0.5) / _POINTS - 0.5
    run = steps * math.hypot(height, width)
    c, s = angle.cos()[..., None, None], angle.sin()[..., None, None]
    x = offset[..., None] * c - run * s
    y = offset[..., None] * s + run * c
    return torch.stack((x * 2 / width, y * 2 / height), -1).flatten(1, 2)


def _strongest(lines: _Lines) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
    """Its step (B, 3), and where it is among the lines: image, angle and offset (B,)."""
    size = length(lines.step, 3) * lines.counts
    index = size.flatten(1).argmax(1)
    at = torch.arange(len(size), device=size.device), index // size.shape[2], index % size.shape[2]
    return lines.step[at] * lines.counts[at][:, None], at


def _ends(angle: Tensor, offset: Tensor, places: Tensor, size: torch.Size) -> Tensor:
    """(B, 2, 2) x, y in cells of the first and last place that is seen."""
    on = _along(angle[:, None], offset[:, None, None], size)[:, 0]
    height, width = size
    at = (on + 1) / 2 * constant((width, height), on)
    order = torch.arange(_POINTS, device=at.device)
    first = torch.where(places, order, _POINTS).amin(1).clamp(max=_POINTS - 1)
    last = torch.where(places, order, -1).amax(1).clamp(min=0)
    rows = torch.arange(len(at), device=at.device)
    ends = torch.stack((at[rows, first], at[rows, last]), 1)
    return torch.where(places.any(1)[:, None, None], ends, torch.nan)
