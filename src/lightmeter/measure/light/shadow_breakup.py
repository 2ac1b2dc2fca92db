from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.light.beam import SIDE, SPAN, Beam, middle
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.constants import constant
from lightmeter.see.regions import FaceMesh

_SWING = 1.0
"""Stops that light must fall and rise again. Of faces in flat light most read 0 and all below 0.3."""

_SHORTEST = 0.25
_BARE = 0.99
_EVERY = 8
_HEIGHT = 0.03
_DIRECTIONS = tuple(range(-90, 90, 15))


@measurement(
    unit="count/face-width",
    bounds=(0.0, 25.0),
    source="dark gaps of a stop or more between two lit places, along the beam, per face width of bare skin",
    tolerance=0.15,
)
def shadow_breakup(beam: Beam) -> PerImage:
    """How often shadow interrupts the light along the beam: hair breaks it, a straight band is whole.

    Counted along the beam's axis: a band's own edges run beside it and do not count. Where no beam is found,
    the least of twelve directions, so that straight stripes read near 0 however they lie. Brows, eyes,
    lips and nostrils are passed over. Strands before the face count as their shadows do.
    Not measured without a face and with too little bare skin of it.
    """
    return PerImage(_counted(beam)[0]).refusing(beam.refusals)


@overlay("shadow_breakup")
def light_along_the_beam(beam: Beam, face: FaceMesh) -> Marks:
    """Every eighth line that is counted on, drawn as the profile of its light, 0.03 face widths a stop."""
    angle = _counted(beam)[1]
    stops, bare = (each[:, _EVERY // 2 :: _EVERY, ::2] for each in _planes(beam, angle).unbind(1))
    at = ((torch.arange(SIDE, device=stops.device) + 0.5) / SIDE - 0.5) * SPAN
    over = at[_EVERY // 2 :: _EVERY, None] - _HEIGHT * stops
    turn, at = torch.deg2rad(angle)[:, None, None], at[::2]
    x, y = at * turn.cos() + over * turn.sin(), over * turn.cos() - at * turn.sin()
    places = middle(face)[:, None, None] + face.width[:, None, None, None] * torch.stack((x, y), dim=-1)
    strokes = torch.stack((places[:, :, :-1], places[:, :, 1:]), dim=3)
    seen = (bare[..., :-1] > _BARE) & (bare[..., 1:] > _BARE)
    drawn = strokes.where(seen[..., None, None], torch.nan).flatten(1, 2)
    return Marks(paths={"light along the beam": drawn})


def _counted(beam: Beam) -> tuple[Tensor, Tensor]:
    """(B,) gaps per face width, and the direction in degrees along which they were counted."""
    fixed = constant(_DIRECTIONS, beam.angle).expand(len(beam.angle), -1)
    every = _interruptions(beam, torch.cat((fixed, beam.angle[:, None]), dim=1))
    least, which = every[:, :-1].min(1)
    straight = fixed.gather(1, which[:, None])[:, 0]
    return torch.where(beam.found, every[:, -1], least), torch.where(beam.found, beam.angle, straight)


def _interruptions(beam: Beam, angles: Tensor) -> Tensor:
    """(B, A) gaps per face width on all lines at angles (B, A) that cross a quarter face width of skin."""
    count = angles.shape[1]
    stops, bare = _planes(beam, angles.flatten(), count).unbind(1)
    seen = bare > _BARE
    length = seen.sum(2) * SPAN / seen.shape[2]
    long = length > _SHORTEST
    rate = (_gaps(stops, seen) * long).sum(1) / (length * long).sum(1).clamp_min(_SHORTEST)
    return rate.reshape(angles.shape)


def _planes(beam: Beam, angle: Tensor, each: int = 1) -> Tensor:
    """(B * each, 2, n, n) log luminance and bare skin, turned; angle: (B * each,)."""
    return _turned(torch.cat((beam.stops, beam.bare), dim=1).repeat_interleave(each, 0), angle)


def _turned(planes: Tensor, angle: Tensor) -> Tensor:
    """Square planes (B, C, n, n) turned about their middles, so that rows run along `angle` (B,)."""
    n = planes.shape[3]
    at = (torch.arange(n, device=planes.device) + 0.5) / n * 2 - 1
    turn = torch.deg2rad(angle)[:, None, None]
    x = at * turn.cos() + at[:, None] * turn.sin()
    y = at[:, None] * turn.cos() - at * turn.sin()
    return F.grid_sample(planes, torch.stack((x, y), dim=-1), align_corners=False)


def _gaps(stops: Tensor, seen: Tensor) -> Tensor:
    """(B, rows) falls of a stop that a rise of a stop follows, along each row; unseen samples are skipped."""
    high, low = torch.full_like(stops[..., 0], -torch.inf), torch.full_like(stops[..., 0], torch.inf)
    dark, count = torch.zeros_like(seen[..., 0]), torch.zeros_like(high)
    for value, known in zip(stops.unbind(2), seen.unbind(2), strict=True):
        high = torch.where(known & ~dark, torch.maximum(high, value), high)
        low = torch.where(known & dark, torch.minimum(low, value), low)
        falls, rises = known & ~dark & (value < high - _SWING), known & dark & (value > low + _SWING)
        low, high = torch.where(falls, value, low), torch.where(rises, value, high)
        dark, count = (dark | falls) & ~rises, count + rises
    return count
