"""The beam of light, if there is one: what `beam_angle` and `shadow_breakup` read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.background.backdrop import Backdrop
from lightmeter.optics.constants import constant, picked
from lightmeter.optics.filters import box_filter, shrink
from lightmeter.optics.geometry import length
from lightmeter.optics.ridges import Ridge, across, ridge, standing
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.see.facets import Facets
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh, Matte
from lightmeter.see.topology import topology

SPAN = 1.3
"""Side of the square that is read around the face, in face widths."""

SIDE = 64
"""Samples along a side of that square."""

_FINER = 4
_FLOOR = 0.04
_HAZE_FLOOR = 0.01
_BIN = 0.05
_BINS = 24
_CORRELATED = 0.1
_STEEPEST = 2.0
_OUTER = (10, 152, 234, 454)
_NOSTRILS = (97, 2, 326, 98, 327, 99, 328)
_PAINTED = 0.06
_MARGIN = 2
_STRAND = 4
_LEAST_SKIN = 0.1

_SKIN_SHARE, _MENDED_SHARE, _HAZE_SHARE = 0.43, 0.3, 0.5
_LEAST_SWING = 1.5
"""Faces without a band of light explain at most 0.39 on skin where they swing so far (118 labelled
portraits), and on mended skin two pass: one in a streak of sun, one beside a strip lamp. Straight bands of
0.25 to 0.5 face widths and 4 stops reach 0.45 to 0.7 on skin. In the air the second article's picture has
0.66, synthetic hazes 0.55 to 0.7, the next portrait 0.42."""

_LAMP = 0.05


@dataclass(frozen=True)
class Beam:
    """What light says of a beam. skin, mended, air: its ridges over the face, over the face with narrow
    shadows filled, and through the air before the backdrop. hazy: (B,) the beam shows in the air. found:
    (B,) there is a beam. angle, error: (B,) degrees, of the light on skin where there is none. stops, bare:
    (B, 1, SIDE, SIDE) log2 of the light on the square of 1.3 face widths around the face, 0 on lit skin, and
    1 where that is bare skin away from features. refusals: no face to read.
    """

    skin: Ridge
    mended: Ridge
    air: Ridge
    hazy: Tensor
    found: Tensor
    angle: Tensor
    error: Tensor
    stops: Tensor
    bare: Tensor
    refusals: tuple[Refusal, ...]


@provides
def beam(
    linear: Tensor, face: FaceMesh, facets: Facets, skin: Matte, hair: Matte, backdrop: Backdrop
) -> Beam:
    """Look for light that is constant along one axis and bounded by shadow on both its sides.

    It may show as haze in the air, on the skin of the face, or there once the shadows of strands, up to 0.16
    face widths, are filled: the first of these decides, since hair breaks the beam before it meets the face
    and the stripes of a blind would be filled. A backdrop with a lamp in it shows no haze but the lamp.
    """
    lit = weighted_quantile(facets.luminance, facets.skin, 0.9).nan_to_num(1.0).clamp_min(1e-5)
    seen, sure, strands = around((linear, skin.alpha, hair.alpha), face)
    stops = box_filter(torch.log2(luminance(seen) / lit[:, None, None, None] + _FLOOR), 1)
    bare = _bare(sure, strands) * _plain(face)
    area = bare.mean((1, 2, 3)) * SPAN**2
    whole, intact = _mended(stops, bare)
    both = _on_skin(torch.cat((stops, whole)), torch.cat((bare, intact)), area.repeat(2))
    on_skin, on_mended = both[: len(stops)], both[len(stops) :]
    in_air, lamp = _in_air(backdrop, lit)
    hazy = _bounded(in_air, _HAZE_SHARE) & (lamp < _LAMP)
    banded, broken = _bounded(on_skin, _SKIN_SHARE), _bounded(on_mended, _MENDED_SHARE)
    axis = [
        torch.where(broken & ~banded, m, s) for m, s in zip(_axis(on_mended), _axis(on_skin), strict=True)
    ]
    angle, error = (torch.where(hazy, a, each) for a, each in zip(_axis(in_air), axis, strict=True))
    few = Refusal(area < _LEAST_SKIN, "too little bare skin of the face is in sight")
    found, refusals = hazy | banded | broken, (*facets.refusals, few)
    return Beam(on_skin, on_mended, in_air, hazy, found, angle, error, stops, bare, refusals)


def _bounded(light: Ridge, least: float) -> Tensor:
    return (light.share > least) & (light.swing > _LEAST_SWING)


def _axis(light: Ridge) -> tuple[Tensor, Tensor]:
    return light.angle, light.error


def middle(face: FaceMesh) -> Tensor:
    """(B, 2) the middle of the face's outline in frame pixels, 0 where there is no face."""
    return picked(face.points, _OUTER)[..., :2].mean(1).nan_to_num(0.0)


def around(planes: Sequence[Tensor], face: FaceMesh) -> list[Tensor]:
    """Planes (B, C, H, W) over the upright square of 1.3 face widths around the face: (B, C, 64, 64) each.

    Each sample is the mean of 16 of the frame's.
    """
    side, (height, width) = SIDE * _FINER, planes[0].shape[2:]
    steps = (torch.arange(side, device=planes[0].device) + 0.5) / side - 0.5
    at = middle(face)[:, None] + SPAN * face.width.nan_to_num(1.0)[:, None, None] * steps[:, None]
    x = (at[:, None, :, 0] / width * 2 - 1).expand(-1, side, -1)
    y = (at[:, :, None, 1] / height * 2 - 1).expand(-1, -1, side)
    grid = torch.stack((x, y), dim=-1)
    return [F.avg_pool2d(F.grid_sample(each, grid, align_corners=False), _FINER) for each in planes]


def _bare(skin: Tensor, hair: Tensor) -> Tensor:
    """(B, 1, h, w) 1 where all samples nearby are skin and none is hair."""
    clear = ((skin > 0.97) & (hair < 0.02)).float()
    return shrink(clear, _MARGIN)


def _plain(face: FaceMesh) -> Tensor:
    """(B, 1, 64, 64) 1 where brows, eyes, lips and nostrils are more than 0.06 face widths away."""
    shape = topology(face.points.device)
    parts = (shape.brow_left, shape.brow_right, shape.eye_left, shape.eye_right, shape.lips_outer)
    points = torch.cat((*parts, constant(_NOSTRILS, parts[0])))
    offset = face.points[:, points, :2] - middle(face)[:, None]
    painted = (offset / face.width[:, None, None]).nan_to_num(9.0)
    here = _places(SIDE, SIDE, painted) * SPAN / SIDE
    distance = torch.cdist(here.expand(len(painted), -1, -1), painted).amin(2)
    return (distance > _PAINTED).float().reshape(-1, 1, SIDE, SIDE)


def _mended(stops: Tensor, bare: Tensor) -> tuple[Tensor, Tensor]:
    """The plane with shadows narrower than twice 0.08 face widths filled, and where that is sure: a
    morphological closing within the bare skin. Source: Serra 1982, "Image analysis and morphology"."""
    window = (2 * _STRAND + 1, 1, _STRAND)
    high = F.max_pool2d(torch.where(bare > 0, stops, -torch.inf), *window)
    low = -F.max_pool2d(-torch.where(bare > 0, high, torch.inf), *window)
    intact = shrink(bare, 1)
    return torch.where(bare > 0, low, stops), intact


def _on_skin(stops: Tensor, bare: Tensor, area: Tensor) -> Ridge:
    """The ridge over bare skin of `area` (B,) square face widths."""
    samples_per_bin = SIDE * _BIN / SPAN
    places = _places(SIDE, SIDE, stops) / samples_per_bin
    slopes = _slopes(box_filter(stops, 1)) * samples_per_bin
    return _thinned_ridge(slopes, places, bare, area / _CORRELATED**2, 2)


def _in_air(backdrop: Backdrop, lit: Tensor) -> tuple[Ridge, Tensor]:
    """The ridge over the backdrop, and the share (B,) of it that outshines lit skin: lamps and windows."""
    level = luminance(backdrop.linear) / lit[:, None, None, None]
    sure = (backdrop.share > 0.99).float()
    lamp = (level > 1).float() * sure
    weight = shrink(sure - lamp, 2)
    cells_per_bin = _cells_per_bin(backdrop)
    stops = box_filter(box_filter(torch.log2(level + _HAZE_FLOOR), 2), 2)
    places = _places(level.shape[2], level.shape[3], level) / cells_per_bin
    independent = weight.sum((1, 2, 3)) / (2 * cells_per_bin) ** 2
    found = _thinned_ridge(_slopes(stops) * cells_per_bin, places, weight, independent, 3)
    return found, lamp.sum((1, 2, 3)) / sure.sum((1, 2, 3)).clamp_min(1)


def outside_haze(beam: Beam, backdrop: Backdrop) -> Tensor:
    """(B, 1, h, w) 1 where no haze lies before a cell of the backdrop."""
    height, width = backdrop.share.shape[2:]
    places = _places(height, width, backdrop.share) / _cells_per_bin(backdrop)
    at = (places * across(beam.air.angle)[:, None]).sum(2)
    haze = _haze(beam.air.profile) & beam.hazy[:, None]
    last = haze.shape[1] - 1
    inside = haze.gather(1, (at.round().long() + last // 2).clamp(0, last))
    return 1 - inside.float().reshape(-1, 1, height, width)


def _haze(profile: Tensor) -> Tensor:
    """(B, K) the bins around a profile's peak, as far as each is a stop over the darkest. Light elsewhere is
    no part of the beam."""
    bright = profile > profile.nan_to_num(torch.inf).amin(1, keepdim=True) + 1
    gaps = (~bright).cumsum(1)
    return bright & (gaps == gaps.gather(1, standing(profile).argmax(1, keepdim=True)))


def _cells_per_bin(backdrop: Backdrop) -> float:
    return max(backdrop.share.shape[2:]) / _BINS


def _thinned_ridge(slopes: Tensor, places: Tensor, weight: Tensor, samples: Tensor, nth: int) -> Ridge:
    """Every nth sample both ways, over one to a bin across, is enough of a plane that is smooth."""
    height, width = weight.shape[2:]
    kept = [
        each.reshape(each.shape[0], height, width, -1)[:, ::nth, ::nth].flatten(1, 2)
        for each in (slopes, places)
    ]
    steep = length(kept[0], -1)[..., None].clamp_min(1e-6)
    gentle = kept[0] * (_STEEPEST / steep).clamp_max(1)
    return ridge(gentle, kept[1], weight[:, 0, ::nth, ::nth].flatten(1), samples)


def _slopes(stops: Tensor) -> Tensor:
    """(B, h * w, 2) stops per sample to the right and down, of a plane (B, 1, h, w)."""
    padded = F.pad(stops, (1, 1, 1, 1), mode="replicate")
    right = (padded[:, 0, 1:-1, 2:] - padded[:, 0, 1:-1, :-2]) / 2
    down = (padded[:, 0, 2:, 1:-1] - padded[:, 0, :-2, 1:-1]) / 2
    return torch.stack((right, down), dim=-1).flatten(1, 2)


def _places(height: int, width: int, like: Tensor) -> Tensor:
    """(1, height * width, 2) x, y of samples from the middle of a plane."""
    y, x = (torch.arange(n, device=like.device) - (n - 1) / 2 for n in (height, width))
    y, x = torch.meshgrid(y, x, indexing="ij")
    return torch.stack((x, y), dim=-1).reshape(1, -1, 2)
