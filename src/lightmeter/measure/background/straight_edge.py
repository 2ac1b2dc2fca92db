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
    """Steps across lines (B, A, R, 3), mean colour there, which of them count, and which places do."""

    step: Tensor
    middle: Tensor
    counts: Tensor
    places: Tensor


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
    _, turn, place = _strongest(coarse)
    near = angle[turn][:, None] + torch.deg2rad(
        torch.arange(-_TURNS, _TURNS + 1, device=colour.device) * _TURN
    )
    beside = torch.arange(-_NEARBY - 9, _NEARBY + 10, device=colour.device) * _FINE * scale
    fine_offset = (offset[place][:, None] + beside)[:, None].expand(-1, near.shape[1], -1)
    fine = _lines(colour, sure, near, fine_offset, 3)
    step, turn, place = _strongest(fine)
    rows = torch.arange(b, device=colour.device)
    where = near[rows, turn], fine_offset[rows, turn, place]
    other = _parallel(colour, sure, where, step, reach)
    left = (1 - other / step.norm(dim=1).clamp_min(1e-6)).clamp_min(0)
    ends = _ends(*where, fine.places[rows, turn, place], size)
    middle = fine.middle[rows, turn, place]
    return StraightEdge(*where, step * left[:, None], middle, ends, backdrop.refusals)


def _parallel(colour: Tensor, sure: Tensor, where: tuple[Tensor, Tensor], step: Tensor, reach: int) -> Tensor:
    """(B,) size of the strongest step the same way along another line of this direction, as finely."""
    scale = max(sure.shape[2:]) / 128
    count = round(reach * _SPACING / _FINE)
    offset = torch.arange(-count, count + 1, device=colour.device) * _FINE * scale
    apart = (offset - where[1][:, None]).abs() >= _APART * scale
    lines = _lines(colour, sure, where[0][:, None], offset.expand(len(colour), 1, -1), 3)
    alike = (lines.step[:, 0] * F.normalize(step, dim=1)[:, None]).sum(2) * lines.counts[:, 0]
    return (alike * apart).amax(1).clamp_min(0)


def side(edge: StraightEdge, height: int, width: int) -> Tensor:
    """(B, height, width): 1 on the cells ahead of the edge, 0 behind, 1/2 on it."""
    y = torch.arange(height, device=edge.normal.device) - (height - 1) / 2
    x = torch.arange(width, device=edge.normal.device) - (width - 1) / 2
    turn, offset = edge.normal[:, None, None], edge.offset[:, None, None]
    return (x * turn.cos() + y[:, None] * turn.sin() - offset + 0.5).clamp(0, 1)


def _lines(colour: Tensor, sure: Tensor, angle: Tensor, offset: Tensor, apart: int) -> _Lines:
    """angle (B, A), offset (B, A, R) cells, evenly spaced; colours are compared 1 and 3 `apart` away."""
    seen = torch.cat((colour * sure, sure, torch.ones_like(sure)), 1)
    b, a, r = offset.shape
    at = F.grid_sample(seen, _along(angle, offset, colour.shape[2:]), align_corners=False)
    at = at.view(b, 5, a, r, _POINTS)
    known = at[:, 3] > 0.98
    hue = at[:, :3] / at[:, 3:4].clamp_min(1e-6)

    def moved(x: Tensor, by: int) -> Tensor:
        return x.roll(-by, -2)

    behind, ahead, back, far = (moved(hue, by) for by in (-apart, apart, -3 * apart, 3 * apart))
    # The lesser slope: with the mean of both, a step beyond one side would count here, turned round.
    beyond, before = far - ahead, behind - back
    step = (ahead - behind) - torch.where(beyond.abs() < before.abs(), beyond, before)
    places = known & moved(known, apart) & moved(known, -apart)
    places = places & moved(known, 3 * apart) & moved(known, -3 * apart)
    rim = torch.arange(r, device=colour.device)
    places = places & ((rim >= 3 * apart) & (rim < r - 3 * apart))[:, None]
    return _summed(step, (behind + ahead) / 2, places, at[:, 4] > 0.5, colour.shape[2:])


def _summed(step: Tensor, middle: Tensor, places: Tensor, frame: Tensor, size: torch.Size) -> _Lines:
    weight = places.to(step.dtype)
    count = weight.sum(-1)
    mean, colour = ((each * weight[:, None]).sum(-1) / count.clamp_min(1)[:, None] for each in (step, middle))
    unit = F.normalize(mean, dim=1)
    along = (step * unit[..., None]).sum(1)
    size_of = mean.norm(dim=1)
    spread = (((along - size_of[..., None]) ** 2 * weight).sum(-1) / count.clamp_min(1)).sqrt()
    whole = ((along > _HALF * size_of[..., None]) * weight).sum(-1) / count.clamp_min(1)
    whole = ((whole - _HALF) / (_THROUGHOUT - _HALF)).clamp(0, 1)
    lower = unit * (whole * (size_of - _SPREAD * spread).clamp_min(0))[:, None]
    length = count * (math.hypot(*size) / _POINTS)
    counts = (length >= _LENGTH * max(size)) & (count >= _SEEN * frame.sum(-1))
    return _Lines(lower.movedim(1, -1), colour.movedim(1, -1), counts, places)


def _along(angle: Tensor, offset: Tensor, size: torch.Size) -> Tensor:
    """(B, A * R, P, 2) places on lines, as `grid_sample` counts: -1 to 1 over the grid's width and height."""
    height, width = size
    steps = (torch.arange(_POINTS, device=angle.device) + 0.5) / _POINTS - 0.5
    run = steps * math.hypot(height, width)
    c, s = angle.cos()[..., None, None], angle.sin()[..., None, None]
    x = offset[..., None] * c - run * s
    y = offset[..., None] * s + run * c
    return torch.stack((x * 2 / width, y * 2 / height), -1).flatten(1, 2)


def _strongest(lines: _Lines) -> tuple[Tensor, Tensor, Tensor]:
    """Its step (B, 3), and its angle's and offset's index (B,)."""
    size = lines.step.norm(dim=3) * lines.counts
    index = size.flatten(1).argmax(1)
    rows = torch.arange(len(size), device=size.device)
    turn, place = index // size.shape[2], index % size.shape[2]
    return lines.step[rows, turn, place] * lines.counts[rows, turn, place][:, None], turn, place


def _at(table: Tensor, turn: Tensor) -> Tensor:
    return table[torch.arange(len(turn), device=turn.device), turn]


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
