"""Windows of native pixels on lit hair: the only view that strands are measured on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.constants import constant
from lightmeter.optics.filters import box_filter, box_filter_each
from lightmeter.optics.transfer import luminance
from lightmeter.see.natives import Natives, averaged
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh, Matte
from lightmeter.see.waiting import at_most

SIDE = 96
"""Pixels along a window: a cell of the widest face, and 12 around it for filters to reach into."""

COUNT = 24
"""Windows of a face, a quarter to all of the hair around it."""

CELL = 0.15
"""Face widths along a cell, which a window is read in."""

_ACROSS, _UP, _DOWN = 7, 9, 8
"""Cells on either side of the face's middle, above and below it: the head, and hair down to the shoulders."""

_NEAREST = 40
"""Cells of hair closest to the top of the forehead that the brightest are taken from: what lies further out
is clothes and background more often."""

_FOREHEAD = 10

_MOSTLY = 0.9
"""Share of a cell that is hair. Highlights on hair may have been taken for skin, so not all of it."""

_BLACK = 0.003
"""Linear; code 10 of 255, where one code is a sixth of a stop."""

_CLIPPED = 0.97
_AROUND = 4
"""Pixels around each whose mean must not be black: gaps between strands may be."""

_COARSE = 4
"""Frame pixels along those that the region of hair is smoothed on."""


@dataclass(frozen=True)
class HairPatches:
    """N = 24 windows per face, where its hair is brightest; S = 96.

    light: (B, N, S, S) linear luminance. hair: (B, N, S, S) 1 where it is to be read, 0 elsewhere: on hair,
    within a cell of 0.15 face widths, neither black nor clipped. centre: (B, N, 2) frame pixels, NaN where
    there is no window. face_width: (B,) window pixels across the face. pooled: (B,) native pixels along a
    window pixel. cells: (B,) cells around the face that hair fills, lit or not.
    """

    light: Tensor
    hair: Tensor
    centre: Tensor
    face_width: Tensor
    pooled: Tensor
    cells: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def hair_patches(natives: Natives, linear: Tensor, hair: Matte, face: FaceMesh) -> HairPatches:
    """Cut the windows from the pictures: never resampled, but averaged over k x k pixels, k = width // 240.

    So what is read does not depend on the resolution of large faces. linear: the frame (B, 3, H, W).
    """
    scale = natives.per_frame
    width = face.width * scale
    pooled, most = natives.pooling(width)
    region = _closed(hair, face)
    centre, cells = _brightest(linear, region, face)
    light = _cut(natives, centre * scale[:, None, None], pooled, most)
    step = (pooled / scale)[:, None]
    covered = _sampled(region, linear, centre, step) * _within(light, width / pooled)
    seen = (covered > 0.5) & (box_filter(light, _AROUND) > _BLACK) & (light < _CLIPPED)
    return HairPatches(light, seen.float(), centre, width / pooled, pooled.float(), cells, hair.refusals)


def _closed(hair: Matte, face: FaceMesh) -> Tensor:
    """(B, 1, h, w) hair, with its highlights, that may have been taken for skin, and without stray pixels."""
    rows, columns = (max(1, side // _COARSE) for side in hair.alpha.shape[2:])
    coarse = F.adaptive_avg_pool2d(hair.alpha, (rows, columns))
    reach = (0.03 / _COARSE * face.width).nan_to_num(1.0).clamp_min(1).round().long()
    return box_filter_each(coarse, reach)


def _brightest(linear: Tensor, region: Tensor, face: FaceMesh) -> tuple[Tensor, Tensor]:
    """Centres (B, N, 2) in frame pixels of the brightest cells that hair fills, and how many there are."""
    across = torch.arange(0.5 - _ACROSS, _ACROSS, device=linear.device) * CELL
    down = torch.arange(0.5 - _UP, _DOWN, device=linear.device) * CELL
    lattice = torch.stack(torch.meshgrid(across, down, indexing="xy"), -1).view(1, -1, 2)
    points = face.points[:, :468, :2]
    middle = (points.amin(1) + points.amax(1)) / 2
    place = middle[:, None] + lattice * face.width[:, None, None]
    fine = torch.linspace(-0.5, 0.5, 7, device=linear.device) * (6 / 7) * CELL
    spots = torch.stack(torch.meshgrid(fine, fine, indexing="xy"), -1).view(1, 1, -1, 2)
    grid = _grid(linear, place[:, :, None] + spots * face.width[:, None, None, None])
    bright = luminance(F.grid_sample(linear, grid, align_corners=False))[:, 0].mean(2)
    filled = (F.grid_sample(region, grid, align_corners=False)[:, 0] > 0.5).float().mean(2)
    full = filled >= _MOSTLY
    gap = torch.where(full, (place - points[:, None, _FOREHEAD]).norm(dim=2), torch.inf)
    near = full & (gap <= gap.kthvalue(_NEAREST, 1, keepdim=True).values)
    rank, index = torch.where(near, bright, -1.0).topk(COUNT, dim=1)
    chosen = place.gather(1, index[..., None].expand(-1, -1, 2))
    return torch.where((rank >= 0)[..., None], chosen, torch.nan), full.sum(1)


def _grid(linear: Tensor, place: Tensor) -> Tensor:
    """Places (..., 2) in frame pixels in the -1..1 of `grid_sample`; what is unknown lies far outside."""
    grid: Tensor = place / constant((linear.shape[3], linear.shape[2]), place) * 2 - 1
    return grid.nan_to_num(9.0)


def _cut(natives: Natives, centre: Tensor, pooled: Tensor, most: int) -> Tensor:
    """Luminance (B, N, S, S) around centres (B, N, 2) in native pixels; 0 where there is none."""
    known = ~centre[..., 0].isnan()
    # Those that are known come first.
    count = at_most(known.sum(1), COUNT)
    by = pooled[:, None, None]
    corner = centre[:, :count].nan_to_num().round().long() - (SIDE * by) // 2
    left, top = (each + torch.arange(SIDE, device=by.device) * by for each in corner.chunk(2, 2))
    found = averaged(lambda *at: luminance(natives.cut(*at))[:, :, 0], top, left, pooled, most)
    found = torch.where(known[:, :count, None, None], found, 0.0)
    return F.pad(found, (0, 0, 0, 0, 0, COUNT - count))


def _offsets(device: torch.device) -> Tensor:
    """(S, S, 2) window pixels x, y from a window's centre."""
    at = torch.arange(SIDE, device=device) + 0.5 - SIDE / 2
    return torch.stack(torch.meshgrid(at, at, indexing="xy"), -1)


def _sampled(region: Tensor, linear: Tensor, centre: Tensor, step: Tensor) -> Tensor:
    """(B, N, S, S): a region of the frame under windows of so many frame pixels a pixel (B, 1); 0 off it."""
    place = centre[:, :, None, None] + step[..., None, None, None] * _offsets(region.device)
    found = F.grid_sample(region, _grid(linear, place).flatten(2, 3), align_corners=False)
    return found.view(*centre.shape[:2], SIDE, SIDE)


def _within(light: Tensor, width: Tensor) -> Tensor:
    """(B, 1, S, S): 1 in the cell, of faces (B,) so many window pixels wide."""
    far = _offsets(light.device).abs().amax(2)
    return (far < CELL / 2 * width.nan_to_num(0.0)[:, None, None]).float()[:, None]
