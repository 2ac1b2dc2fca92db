"""The face's skin as an aligned relief: colour and orientation of each of its points."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.constants import constant
from lightmeter.optics.filters import shrink, spread
from lightmeter.optics.geometry import unit
from lightmeter.optics.relief import smoothed
from lightmeter.see.canvas import Canvas
from lightmeter.see.facets import Facets, barycentric
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import topology

SIDE = 128
"""Cells along the relief."""

CELLS = 96
"""Cells across the face: the relief is 1.33 face widths on a side."""

_SAMPLES = 3
"""Samples of the frame along a cell, so that a face of up to 300 pixels is not aliased."""

_DIVISIONS = 10
_CLIPPED = 0.98
_RELIEF = 1.5
"""Sigma in cells by which the facets' normals are joined: half a small facet."""

_RIM = 2


@dataclass(frozen=True)
class SkinSurface:
    """Colour and orientation of the face's skin on SIDE x SIDE cells of 1 / CELLS face widths, G = SIDE.

    linear: (B, 3, G, G) scene-linear mean of each cell. normal: (B, 3, G, G) unit, camera frame. skin:
    (B, 1, G, G) 1 on visible bare skin two cells within its border, 0 elsewhere. clipped: (B, 1, G, G)
    share of each cell at the top of the range. corner: (B, 2) frame pixels x, y of the relief's top left.
    width: (B,) face width in frame pixels.
    """

    linear: Tensor
    normal: Tensor
    skin: Tensor
    clipped: Tensor
    corner: Tensor
    width: Tensor
    refusals: tuple[Refusal, ...] = ()

    def on_frame(self, area: Tensor, canvas: Canvas) -> Tensor:
        """(B, 1, h, w): an area (B, 1, G, G) of the relief as it lies on the frame."""
        step = (self.width / CELLS)[:, None, None, None]
        grid = (canvas.middles - self.corner[:, None, None]) / step / SIDE * 2 - 1
        return F.grid_sample(area, grid.nan_to_num(9.0), align_corners=False)


@provides
def skin_surface(linear: Tensor, face: FaceMesh, facets: Facets) -> SkinSurface:
    """Lay the frame (B, 3, H, W) and the mesh's normals on one grid as wide as the face."""
    width = facets.width.nan_to_num(1.0)
    points = face.points[:, :468].nan_to_num()
    middle = (points[..., :2].amin(1) + points[..., :2].amax(1)) / 2
    corner = middle - (SIDE / 2 / CELLS) * width[:, None]
    colour, clipped = _sampled(linear, corner, width)
    place = (points[..., :2] - corner[:, None]) * (CELLS / width)[:, None, None]
    facet = _facet_of_cell(place)
    normal = torch.cat((facets.normal, torch.zeros_like(facets.normal[:, :1])), 1)
    seen = torch.cat((facets.skin > 0, torch.zeros_like(facets.skin[:, :1], dtype=torch.bool)), 1)
    relief = normal.gather(1, facet.flatten(1)[..., None].expand(-1, -1, 3)).mT.reshape(-1, 3, SIDE, SIDE)
    skin = seen.gather(1, facet.flatten(1)).reshape(-1, 1, SIDE, SIDE).float()
    missed = (facet == facets.skin.shape[1])[:, None]
    return SkinSurface(
        linear=colour,
        normal=unit(smoothed(relief, _RELIEF), 1),
        skin=shrink(_closed(skin, missed), _RIM),
        clipped=clipped,
        corner=corner,
        width=facets.width,
        refusals=facets.refusals,
    )


def _sampled(linear: Tensor, corner: Tensor, width: Tensor) -> tuple[Tensor, Tensor]:
    """Means (B, 3, G, G) and clipped shares (B, 1, G, G) of the cells."""
    count = SIDE * _SAMPLES
    along = (torch.arange(count, device=linear.device) + 0.5) / _SAMPLES / CELLS
    spot = corner[:, None] + along[None, :, None] * width[:, None, None]
    spot = spot / constant((linear.shape[3], linear.shape[2]), spot) * 2 - 1
    x, y = spot[:, None, :, 0].expand(-1, count, -1), spot[:, :, None, 1].expand(-1, -1, count)
    samples = F.grid_sample(linear, torch.stack((x, y), -1), align_corners=False, padding_mode="border")
    burnt = (samples.amax(1, keepdim=True) > _CLIPPED).float()
    return F.avg_pool2d(samples, _SAMPLES), F.avg_pool2d(burnt, _SAMPLES)


def _facet_of_cell(place: Tensor) -> Tensor:
    """(B, G, G) int64: the last facet that covers each cell, or F; place (B, 468, 2) in cells."""
    corners = place[:, topology(place.device).triangles]
    spots = torch.einsum("sk,bfkc->bfsc", barycentric(_DIVISIONS, place.device), corners).floor().long()
    outside = ((spots < 0) | (spots >= SIDE)).any(-1)
    cell = torch.where(outside, SIDE * SIDE, spots[..., 1] * SIDE + spots[..., 0])
    number = torch.arange(cell.shape[1], device=cell.device)[None, :, None].expand_as(cell)
    blank = torch.full((len(cell), SIDE * SIDE + 1), -1, dtype=torch.int64, device=cell.device)
    last = blank.scatter_reduce(1, cell.flatten(1), number.flatten(1), "amax")[:, :-1]
    return torch.where(last < 0, cell.shape[1], last).reshape(-1, SIDE, SIDE)


def _closed(skin: Tensor, missed: Tensor) -> Tensor:
    """Skin (B, 1, G, G) with the cells amid it that no sample of a facet fell into."""
    closed = shrink(spread(skin, 1), 1)
    return torch.where(missed, closed, skin)
