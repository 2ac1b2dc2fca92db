"""Frames of glasses: a thin line across the nose's bridge, and what goes on from it around the eyes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.filters import box_filter, spread
from lightmeter.see.metal_places import VIEW
from lightmeter.see.topology import topology

_ROOT, _MIDDLE = 168, 195
"""Points of the mesh between the eyes and halfway down the nose."""
_OVER, _REACH = 0.03, 0.85
"""Face widths over the root, and share of the way to the middle, where a bridge rests."""
_WIDE, _ACROSS = 0.045, 11
"""Face widths to either side that a bridge spans, and samples across."""
_STEPS = 40
_LINE = (0.04, 0.07)
"""Face widths off the line on either side that it is compared with."""
_WORN = 0.25
"""Stops by which a bridge stands out from the skin on both sides of it."""
_THIN, _APART = 0.05, 0.25
"""Face widths of the square whose mean a rim stands out from, and stops by which it does."""
_LID, _BROW = 0.035, 0.05
"""Face widths around the lids, and around the brows, that are not looked at."""
_GLINT = 0.1


def frames(stops: Tensor, glints: Tensor, point: Tensor, where: Tensor) -> Tensor:
    """(B, 1, R, C) bool: the rims and arms of glasses, where a bridge crosses the nose.

    stops: (B, 1, R, C) of luminance; glints: (B, 1, R, C) how strong they are; point: (B, 478, 2) the mesh in
    the plane's face widths; where: (B, 1, R, C) bool, around the eyes. Dark frames are what is darker than
    its surroundings, pale ones what is paler, and the glints on them. Lids and brows are dark lines too and
    are left out, so that the upper rim often is.
    """
    line = bridge(stops, point)
    sign = line.sign()[:, None, None, None]
    off = (stops - box_filter(stops, round(_THIN * VIEW.side))) * sign
    rim = (off > _APART) & where & ~_features(point)
    near = spread(rim.float(), 1) > 0
    shining = spread(((glints > _GLINT) & near).float(), 1) > 0
    worn = (line.abs() > _WORN)[:, None, None, None]
    return (rim | (shining & near & where)) & worn


def bridge(stops: Tensor, point: Tensor) -> Tensor:
    """(B,) stops by which the strongest line across the nose's root stands out from both sides; signed."""
    root, middle = point[:, _ROOT], point[:, _MIDDLE]
    down = F.normalize(middle - root, dim=1)
    aside = torch.stack((-down[:, 1], down[:, 0]), dim=1)
    length = (middle - root).norm(dim=1)
    share = torch.linspace(0, 1, _STEPS, device=stops.device)[None]
    along = -_OVER + share * (_OVER + _REACH * length)[:, None]
    across = torch.linspace(-_WIDE, _WIDE, _ACROSS, device=stops.device)
    profiles = [
        VIEW.sampled(stops, _grid(root, down, aside, along + shift, across))[:, 0].median(2).values
        for shift in (0.0, -_LINE[0], -_LINE[1], _LINE[0], _LINE[1])
    ]
    line, *around = profiles
    over = line - torch.maximum(torch.maximum(around[0], around[1]), torch.maximum(around[2], around[3]))
    under = torch.minimum(torch.minimum(around[0], around[1]), torch.minimum(around[2], around[3])) - line
    bright, dark = over.amax(1).clamp_min(0), under.amax(1).clamp_min(0)
    return torch.where(bright > dark, bright, -dark)


def _grid(root: Tensor, down: Tensor, aside: Tensor, along: Tensor, across: Tensor) -> Tensor:
    """(B, N, T, 2) places `along` (B, N) the nose and `across` (T,) it."""
    start = root[:, None, None] + along[:, :, None, None] * down[:, None, None]
    return start + across[None, None, :, None] * aside[:, None, None]


def _features(point: Tensor) -> Tensor:
    """(B, 1, R, C) bool: near the lids and the brows."""
    mesh, step = topology(point.device), 4
    at = VIEW.places(point, step)[:, None]
    eyes = point[:, torch.cat((mesh.eye_left, mesh.eye_right, mesh.iris_left, mesh.iris_right))]
    brows = point[:, torch.cat((mesh.brow_left, mesh.brow_right))]
    near = [
        ((at - each[:, :, None, None]).square().sum(-1) < reach**2).any(1)
        for each, reach in ((eyes, _LID), (brows, _BROW))
    ]
    return F.interpolate((near[0] | near[1])[:, None].float(), scale_factor=float(step)) > 0
