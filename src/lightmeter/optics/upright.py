"""A plane over each face in which lengths are face widths: pictures resampled into it, marks led back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.constants import constant, picked

_CHIN, _TOP = 152, 10
_TEMPLES = (234, 454)
_SAMPLES = 2
"""Along each side of a pixel of a view, so that a face twice as large as the view does not alias."""


@dataclass(frozen=True)
class Upright:
    """Coordinates (across, up) of each face in face widths, from the middle between its temples.

    origin: (B, 2) frame pixels. across, up: (B, 2) unit vectors in the frame, up from chin to brow.
    width: (B,) frame pixels, 1 where there is no face.
    """

    origin: Tensor
    across: Tensor
    up: Tensor
    width: Tensor

    def to_frame(self, place: Tensor) -> Tensor:
        """(B, ..., 2) frame pixels of places (B, ..., 2) or (1, ..., 2) in face widths."""
        return self._mapped(place, self.origin.new_ones(2), 0.0)

    def to_grid(self, place: Tensor, picture: Tensor) -> Tensor:
        """The same places as `grid_sample` counts on a picture (B, C, H, W)."""
        size = constant((picture.shape[3], picture.shape[2]), place)
        return self._mapped(place, 2 / size, -1.0)

    def _mapped(self, place: Tensor, scale: Tensor, shift: float) -> Tensor:
        """Frame pixels of the places, times a scale (2,) and shifted; as one product, for they are many."""
        axes = self.width[:, None, None] * torch.stack((self.across, self.up), 1)
        flat = place.flatten(1, -2).expand(len(axes), -1, -1)
        mapped = torch.baddbmm((self.origin * scale + shift)[:, None], flat, axes * scale)
        return mapped.view(len(axes), *place.shape[1:])

    def from_frame(self, point: Tensor) -> Tensor:
        """(B, N, 2) face widths of points (B, N, 2) in frame pixels."""
        offset = (point - self.origin[:, None]) / self.width[:, None, None]
        return torch.stack([(offset * axis[:, None]).sum(2) for axis in (self.across, self.up)], dim=2)


@dataclass(frozen=True)
class View:
    """A window of that plane as a raster: `side` pixels a face width, `columns` by `rows`; its centre
    stands at (0, `middle`) face widths."""

    side: int
    columns: int
    rows: int
    middle: float

    def places(self, like: Tensor, step: float = 1.0) -> Tensor:
        """(1, rows / step, columns / step, 2) face widths at the centres of cells of `step` pixels."""
        x = (torch.arange(round(self.columns / step), device=like.device) + 0.5) * step - self.columns / 2
        y = self.rows / 2 - (torch.arange(round(self.rows / step), device=like.device) + 0.5) * step
        up, across = torch.meshgrid(y / self.side + self.middle, x / self.side, indexing="ij")
        return torch.stack((across, up), dim=2)[None]

    def sampled(self, raster: Tensor, place: Tensor) -> Tensor:
        """(B, C, N, T) bilinear values of a raster (B, C, rows, columns) at places (B, N, T, 2)."""
        half = constant((self.columns / 2 / self.side, self.rows / 2 / self.side), place)
        grid = (place - constant((0.0, self.middle), place)) / half * constant((1.0, -1.0), place)
        return F.grid_sample(raster, grid, align_corners=False, padding_mode="border")


def upright(points: Tensor, width: Tensor) -> Upright:
    """The plane of each mesh: points (B, N, 3) or (B, N, 2) and width (B,), in frame pixels, NaN for none."""
    flat = points[..., :2].nan_to_num()
    up = flat[:, _TOP] - flat[:, _CHIN]
    up = torch.where(up.norm(dim=1, keepdim=True) > 0, up, constant((0.0, -1.0), up))
    up = F.normalize(up, dim=1)
    across = torch.stack((-up[:, 1], up[:, 0]), dim=1)
    return Upright(picked(flat, _TEMPLES).mean(1), across, up, width.nan_to_num(1.0))


def resampled(picture: Tensor, plane: Upright, view: View) -> Tensor:
    """(B, C, rows, columns): a picture (B, C, H, W) as the view sees it; its border goes on outside it."""
    return resampled_each((picture,), plane, view)[0]


def resampled_each(pictures: Sequence[Tensor], plane: Upright, view: View) -> list[Tensor]:
    """`resampled` of several pictures of one size."""
    grid = plane.to_grid(view.places(pictures[0], 1 / _SAMPLES), pictures[0])
    fine = [F.grid_sample(each, grid, align_corners=False, padding_mode="border") for each in pictures]
    return [F.avg_pool2d(each, _SAMPLES) for each in fine]


def in_frame(picture: Tensor, plane: Upright, place: Tensor, margin: float) -> Tensor:
    """(B, ...) bool: whether places (B, ..., 2) lie in the picture, `margin` face widths off its edge."""
    point = plane.to_frame(place)
    least = (margin * plane.width).view(-1, *(1,) * (point.dim() - 1))
    size = constant((picture.shape[3], picture.shape[2]), point)
    return ((point >= least) & (point <= size - least)).all(-1)
