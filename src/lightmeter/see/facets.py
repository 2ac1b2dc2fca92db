"""The face as a set of small flat mirrors of its light: one colour and one normal per mesh triangle."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import torch
from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.optics.geometry import unit, vertex_normals
from lightmeter.optics.transfer import luminance
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import topology

_DIVISIONS = 5
_GRAZING = 0.15
_CLIPPED = 0.98
_FLOOR = 0.003
"""Linear; code 10 of 255, where one code is a sixth of a stop."""


@dataclass(frozen=True)
class Facets:
    """Mean colour and orientation of the F = 852 mesh triangles of each face.

    linear: (B, 3, F) scene-linear mean of 25 samples. normal: (B, F, 3) unit, camera frame (x right, y
    up, z to the camera). centre: (B, F, 2) frame pixels. skin: (B, F) weight of visible bare skin in
    square pixels: the projected area, 0 on lips, eyes, brows, the outline, grazing or cut-off facets.
    clipped: (B, F) share of samples at the top of the range. width: (B,) face width in frame pixels.
    """

    linear: Tensor
    normal: Tensor
    centre: Tensor
    skin: Tensor
    clipped: Tensor
    width: Tensor
    refusals: tuple[Refusal, ...] = ()

    @property
    def luminance(self) -> Tensor:
        """(B, F) linear luminance of each facet."""
        return luminance(self.linear[..., None])[:, 0, :, 0]


@provides
def mesh_facets(linear: Tensor, face: FaceMesh) -> Facets:
    """Sample the frame (B, 3, H, W) under each triangle of the mesh.

    A facet means the same place on every face, so that region masks are constants and a batch of faces
    is one tensor: this is the aligned view that measurements of light work on.
    """
    shape = topology(linear.device)
    points = face.points[:, :468].nan_to_num()
    corners = points[:, shape.triangles]
    grid = _grid(linear, corners)
    samples = torch.nn.functional.grid_sample(linear, grid, align_corners=False, padding_mode="border")
    normals = unit(vertex_normals(points, shape.triangles)[:, shape.triangles].mean(2), 2)
    inside = (grid.abs() <= 1).all(-1).all(-1)
    seen = (normals[..., 2] > _GRAZING) & inside & bare_skin(linear.device) & face.present[:, None]
    return Facets(
        linear=samples.mean(3),
        normal=normals,
        centre=corners.mean(2)[..., :2],
        skin=_projected_area(corners) * seen,
        clipped=(samples.amax(1) > _CLIPPED).float().mean(2),
        width=face.width,
        refusals=face.refusals,
    )


def facet_texture(linear: Tensor, face: FaceMesh) -> Tensor:
    """(B, F) stops: RMS of log2 luminance within each triangle about the plane that fits it best.

    0 on any skin that light merely shades, however steeply; hair, beards, the rims of glasses and the
    edges of whatever covers the face read 0.2 and more. Invariant to exposure down to the floor, below
    which 8-bit codes are too coarse to tell texture.
    """
    shape = topology(linear.device)
    grid = _grid(linear, face.points[:, :468].nan_to_num()[:, shape.triangles])
    colours = torch.nn.functional.grid_sample(linear, grid, align_corners=False, padding_mode="border")
    samples = luminance(colours)[:, 0]
    place = barycentric(_DIVISIONS, linear.device)
    # Barycentric coordinates sum to 1, so that they span every plane over the triangle.
    plane = place @ torch.linalg.inv_ex(place.T @ place).inverse @ place.T
    stops = torch.log2(samples + _FLOOR)
    free = stops.shape[2] - place.shape[1]
    texture: Tensor = ((stops - stops @ plane).square().sum(2) / free).sqrt()
    return texture


def _grid(linear: Tensor, corners: Tensor) -> Tensor:
    """(B, F, 25, 2): where triangles (B, F, 3, 3) are sampled, in the -1..1 of `grid_sample`."""
    spots = torch.einsum("sk,bfkc->bfsc", barycentric(_DIVISIONS, linear.device), corners[..., :2])
    return spots / constant((linear.shape[3], linear.shape[2]), spots) * 2 - 1


@lru_cache(maxsize=16)
def barycentric(n: int, device: torch.device) -> Tensor:
    """(n^2, 3): centres of the equal triangles that a triangle divides into, n along a side."""
    upright = [(i + 1 / 3, j + 1 / 3, n - i - j - 2 / 3) for i in range(n) for j in range(n - i)]
    turned = [(i + 2 / 3, j + 2 / 3, n - i - j - 4 / 3) for i in range(n - 1) for j in range(n - 1 - i)]
    return torch.tensor(upright + turned, device=device) / n


@lru_cache(maxsize=16)
def bare_skin(device: torch.device) -> Tensor:
    """(F,) bool: triangles away from eyes, lips, brows and the outline of the face."""
    return _bare_skin().to(device, non_blocking=True)


@cache
def _bare_skin() -> Tensor:
    shape = topology()
    touching = [
        (torch.cat((shape.lips_outer, shape.lips_inner)), 2),
        (torch.cat((shape.brow_left, shape.brow_right)), 2),
        (torch.cat((shape.eye_left, shape.eye_right)), 2),
        (shape.oval, 1),
    ]
    bare = torch.ones(len(shape.triangles), dtype=torch.bool)
    for points, most in touching:
        bare &= torch.isin(shape.triangles, points).sum(1) < most
    return bare


def _projected_area(corners: Tensor) -> Tensor:
    """(B, F) square pixels that triangles (B, F, 3, 3) cover in the frame."""
    one, other = (corners[:, :, i, :2] - corners[:, :, 0, :2] for i in (1, 2))
    return (one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]).abs() / 2
