"""Which side of the neck the light comes from, whatever the face says: heads are set on other bodies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.constants import constant
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.see.provide import provides
from lightmeter.see.regions import FaceMesh, Matte
from lightmeter.see.topology import EYE_CORNER_LEFT, EYE_CORNER_RIGHT, TEMPLE_LEFT, TEMPLE_RIGHT

_TOP, _CHIN = 10, 152
_RADIUS = 0.36
"""Of the neck, in face widths."""
_FROM, _TO = 0.12, 0.60
"""Face widths below the chin."""
_ROWS, _COLUMNS, _WITHIN = 13, 9, 3
"""Cells along the neck and from its middle to either edge; samples across a cell, both ways."""
_INNER, _OUTER = 0.15, 0.85
"""Radii from the axis: further in no side is lit more, further out is hair."""
_BARE = 0.9
"""A neck's dark side is hardly found as skin: under a key 55 degrees aside a fifth of the pairs is left."""
_LEAST_SHARE, _LEAST_IN_ROW = 0.15, 3
_AHEAD = 0.34
"""Sine of the head's turn: a neck that follows it, or that is seen from the side, is no upright cylinder."""
_LEAST_STOPS, _SIGMAS = 0.4, 2.0
"""Hair, tendons and the chin's shadow make either side darker, in flat light too, by 0.2 stops and more.
Of 120 portraits 11 pass both, and no face among them whose halves are lit from 15 degrees aside disagrees."""
_ALIKE = 2.0
"""Rows that err as one."""
_FLOOR = 1e-3


@dataclass(frozen=True)
class NeckKey:
    """balance: (B,) stops of the image-right side of the neck over its left; error: (B,) its standard error;
    azimuth: (B,) degrees, the least that the balance asks for; known: (B,) whether one side is the
    brighter for sure. places: (B, 2 N, 2) frame pixels that were compared, NaN elsewhere."""

    balance: Tensor
    error: Tensor
    azimuth: Tensor
    known: Tensor
    places: Tensor


@provides
def neck_key(linear: Tensor, face: FaceMesh, skin: Matte) -> NeckKey:
    """Compare cells of bare skin below the chin with those as far on the other side of the head's axis.

    Of an upright cylinder seen head-on, at x = u from the axis and c = sqrt(1 - u^2) towards the camera,
    Lambert's key at azimuth a makes Y(u) = u sin a + c cos a, so that of r = Y(u) / Y(-u)
    tan a = (c / u) (r - 1) / (r + 1), at whatever elevation; fill only lowers r: the key is as far to the
    side, or farther. The median over pairs, each within one row, leaves out what the chin's shadow does
    down the neck. Known where the head faces the camera, both sides are bare, and one is brighter by 0.4
    stops and twice the error.
    """
    at = _places(face)
    bright, bare = _cells(linear, skin.alpha, at)
    left, right = bare.flip(3)[..., _COLUMNS:], bare[..., _COLUMNS:]
    both = (left * right)[:, 0]
    stops = torch.log2(bright + _FLOOR)[:, 0]
    pairs = stops[..., _COLUMNS:] - stops.flip(2)[..., _COLUMNS:]
    balance = weighted_quantile(pairs.flatten(1), both.flatten(1), 0.5)
    error = _error(pairs, both)
    u = _across(linear.device)
    ratio = torch.exp2(pairs)
    each = torch.atan(torch.sqrt(1 - u**2) / u * (ratio - 1) / (ratio + 1))
    azimuth = torch.rad2deg(weighted_quantile(each.flatten(1), both.flatten(1), 0.5))
    sure = balance.abs() > torch.maximum(_SIGMAS * error, torch.full_like(error, _LEAST_STOPS))
    known = sure & (both.mean((1, 2)) > _LEAST_SHARE) & _ahead(face) & face.present
    middle = at.reshape(len(at), _ROWS, _WITHIN, -1, _WITHIN, 2)[:, :, _WITHIN // 2, :, _WITHIN // 2]
    seen = torch.cat((both.flip(2), both), dim=2)[..., None] > 0
    places = torch.where(seen, middle, torch.nan).flatten(1, 2)
    return NeckKey(balance.nan_to_num(), error.nan_to_num(), azimuth.nan_to_num(), known, places)


def _error(pairs: Tensor, both: Tensor) -> Tensor:
    """(B,) standard error of the balance, from the rows' own medians; infinite for fewer than 3 rows."""
    rows = (
        weighted_quantile(pairs.flatten(0, 1), both.flatten(0, 1), 0.5).reshape(both.shape[:2]).nan_to_num()
    )
    heard = (both.sum(2) >= _LEAST_IN_ROW).to(pairs.dtype)
    count = heard.sum(1)
    mean = (heard * rows).sum(1) / count.clamp_min(1)
    variance = (heard * (rows - mean[:, None]) ** 2).sum(1) / (count - 1).clamp_min(1)
    return torch.where(count >= _LEAST_IN_ROW, (_ALIKE * variance / count.clamp_min(1)).sqrt(), torch.inf)


def _ahead(face: FaceMesh) -> Tensor:
    points = face.points.nan_to_num()
    level = F.normalize(points[:, EYE_CORNER_RIGHT] - points[:, EYE_CORNER_LEFT], dim=1)
    return level[:, 2].abs() < _AHEAD


def _places(face: FaceMesh) -> Tensor:
    """(B, 3 rows, 3 * 2 columns, 2) frame pixels, around an axis through the middle of the temples that
    leans half as far as the head."""
    points = face.points[..., :2].nan_to_num()
    width = face.width.nan_to_num(1.0)[:, None, None, None]
    middle = (points[:, TEMPLE_LEFT] + points[:, TEMPLE_RIGHT]) / 2
    lean = F.normalize(points[:, _CHIN] - points[:, _TOP], dim=1)
    down = F.normalize(lean + constant((0.0, 1.0), lean), dim=1)
    level = torch.stack((down[:, 1], -down[:, 0]), dim=1)
    base = middle + ((points[:, _CHIN] - middle) * down).sum(1, keepdim=True) * down
    fine = (torch.arange(_ROWS * _WITHIN, device=points.device) + 0.5) / (_ROWS * _WITHIN)
    along = (_FROM + (_TO - _FROM) * fine)[None, :, None, None]
    out = _INNER + (_OUTER - _INNER) * (torch.arange(_COLUMNS * _WITHIN, device=points.device) + 0.5) / (
        _COLUMNS * _WITHIN
    )
    across = _RADIUS * torch.cat((-out.flip(0), out))[None, None, :, None]
    return base[:, None, None] + width * (across * level[:, None, None] + along * down[:, None, None])


def _cells(linear: Tensor, skin: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
    """Luminance of the skin in each cell, and whether that is bare: (B, 1, rows, 2 columns) both."""
    size = constant((linear.shape[3], linear.shape[2]), at)
    grid = at / size * 2 - 1
    planes = [F.grid_sample(each, grid, align_corners=False) for each in (luminance(linear).mul_(skin), skin)]
    lit, share = (F.avg_pool2d(each, _WITHIN) for each in planes)
    return lit / share.clamp_min(1e-6), (share > _BARE).to(linear.dtype)


@lru_cache(maxsize=16)
def _across(device: torch.device) -> Tensor:
    """(columns,) radii from the axis to the cells of the right side."""
    return _INNER + (_OUTER - _INNER) * (torch.arange(_COLUMNS, device=device) + 0.5) / _COLUMNS
