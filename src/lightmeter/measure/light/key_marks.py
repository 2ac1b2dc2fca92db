"""The key light drawn on the face that it was read from: the report's "key light"."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.light.key_light import KeyLight
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.optics.constants import constant
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.see.canvas import Canvas
from lightmeter.see.facets import Facets

_NINETIETH = 1.645
"""Standard errors either side within which 90 % of a normal error lies."""

_CELLS = 64
_HALF_SPAN = 0.75
"""Face widths from the middle of the face to the border of the square whose cells are told lit or not."""

_REACH = 0.06
"""Face widths: no cell of skin is further than this from the middle of a facet."""

_FACES_THE_KEY = 0.5


@overlay("key_azimuth", "key_elevation", "key_fill_ratio")
def key_light(canvas: Canvas, facets: Facets, key_light: KeyLight) -> Marks:
    """The key as an arrow that ends in the middle of the face, and the skin that it lights.

    The arrow is as long as the key stands out of the line of sight; its cone holds the key's bearing in
    9 of 10 cases. Skin is in shadow where it is turned from the key, or darker than half the key there.
    Nothing is drawn where the key has no direction.
    """
    known = _known(key_light)
    lit = _lit(facets, key_light)
    skin = (facets.skin > 0) & known[:, None]
    shares = torch.stack((skin & lit, skin & ~lit), dim=2).float()
    planes = _over_frame(shares, facets, canvas)
    return Marks(
        areas={"lit by the key": planes[:, :1], "in its shadow": planes[:, 1:]},
        arrows={"key": _arrow(facets, key_light, known)[:, None]},
    )


def _known(light: KeyLight) -> Tensor:
    """(B,) bool: where nothing refuses the direction."""
    return ~torch.stack([each.when for each in (*light.refusals, *light.undirected)]).any(0)


def _middle(facets: Facets) -> Tensor:
    """(B, 2) frame pixels: the middle of the skin that is read."""
    weight = facets.skin / facets.skin.sum(1, keepdim=True).clamp_min(1e-9)
    return torch.einsum("bf,bfc->bc", weight, facets.centre)


def _arrow(facets: Facets, light: KeyLight, known: Tensor) -> Tensor:
    """(B, 5) tail, tip and half-angle of the cone."""
    across = light.fit.direction[:, :2] * constant((1.0, -1.0), light.fit.direction)
    middle = _middle(facets)
    # Seen from the front, an error of so many degrees turns a short arrow further than a long one.
    cone = torch.atan2(_NINETIETH * torch.deg2rad(light.fit.error), across.norm(dim=1))
    ends = (middle + facets.width[:, None] * across, middle, torch.rad2deg(cone)[:, None])
    return torch.where(known[:, None], torch.cat(ends, dim=1), torch.nan)


def _lit(facets: Facets, light: KeyLight) -> Tensor:
    """(B, F) bool: facets that get at least half the key that their orientation lets them have."""
    key = torch.einsum("bfc,bc->bf", facets.normal, light.fit.direction).clamp_min(0)
    fill = torch.exp2(-light.fit.stops)[:, None] * ((1 + facets.normal[..., 2]) / 2).clamp_min(0) ** 1.5
    facing = facets.skin * (key > _FACES_THE_KEY)
    albedo = weighted_quantile(facets.luminance / (key + fill).clamp_min(1e-6), facing, 0.5)[:, None]
    lit: Tensor = (key > 0) & (facets.luminance > albedo * (key / 2 + fill))
    return lit


def _over_frame(shares: Tensor, facets: Facets, canvas: Canvas) -> Tensor:
    """(B, C, h, w): values (B, F, C) of facets on the frame, each cell that of its nearest facet."""
    half = (_HALF_SPAN * facets.width.nan_to_num(1.0))[:, None, None]
    middle = _middle(facets)[:, None]
    axis = (torch.arange(_CELLS, device=shares.device) + 0.5) / _CELLS * 2 - 1
    cells = torch.cartesian_prod(axis, axis).flip(1)
    gap, nearest = torch.cdist(middle + half * cells, facets.centre.nan_to_num()).min(2)
    planes = shares.gather(1, nearest[..., None].expand(-1, -1, shares.shape[2]))
    planes = planes * (gap < _REACH * facets.width.nan_to_num(0.0)[:, None])[..., None]
    planes = planes.mT.reshape(len(shares), -1, _CELLS, _CELLS)
    grid = (canvas.middles - middle[:, None]) / half[..., None]
    return F.grid_sample(planes, grid, align_corners=False).clamp(0, 1)
