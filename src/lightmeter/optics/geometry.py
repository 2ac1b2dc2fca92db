"""Directions and surfaces. The camera frame: x to image right, y up, z towards the camera."""

from __future__ import annotations

from functools import reduce

import torch
from torch import Tensor

from lightmeter.optics.constants import constant


def length(vectors: Tensor, dim: int) -> Tensor:
    """The length of vectors whose few components lie along `dim`, which goes.

    One component after the other: on a CPU `norm` takes fifty times as long over a dimension of two or three.
    """
    return reduce(torch.add, [each.square() for each in vectors.unbind(dim)]).sqrt()


def unit(vectors: Tensor, dim: int) -> Tensor:
    """Vectors along `dim`, each over its length; 0 where that is."""
    return vectors / length(vectors, dim).clamp_min(1e-12).unsqueeze(dim)


def direction(azimuth: Tensor, elevation: Tensor) -> Tensor:
    """Unit vectors (..., 3) towards a light at azimuth and elevation in degrees.

    Azimuth 0 is at the camera, positive from image right, 180 behind the subject; elevation is
    positive from above.
    """
    azimuth, elevation = torch.deg2rad(azimuth), torch.deg2rad(elevation)
    level = torch.cos(elevation)
    return torch.stack((level * torch.sin(azimuth), torch.sin(elevation), level * torch.cos(azimuth)), dim=-1)


def angles(vector: Tensor) -> tuple[Tensor, Tensor]:
    """Azimuth in -180..180 and elevation in -90..90 degrees of vectors (..., 3): `direction` undone."""
    x, y, z = vector.unbind(-1)
    return torch.rad2deg(torch.atan2(x, z)), torch.rad2deg(torch.atan2(y, torch.hypot(x, z)))


def vertex_normals(points: Tensor, triangles: Tensor) -> Tensor:
    """Unit normals (B, V, 3) in the camera frame of a mesh in frame pixels.

    points: (B, V, 3), x right, y down, z away. triangles: (F, 3) int64 whose sides wind either way, as
    long as they agree. A vertex normal is the area-weighted mean of its facets', turned so that the
    mesh as a whole faces the camera.
    """
    camera = points * constant((1.0, -1.0, -1.0), points)
    a, b, c = (camera[:, triangles[:, i]] for i in range(3))
    facet = torch.linalg.cross(b - a, c - a)
    facing = torch.where(facet[..., 2].sum(1) < 0, -1.0, 1.0)
    # A dense incidence matrix, since index_add_ adds in no fixed order on a GPU.
    corner_of = facet.new_zeros(len(triangles), points.shape[1]).scatter_(1, triangles, 1)
    normal = torch.einsum("fv,bfc->bvc", corner_of, facet * facing[:, None, None])
    return unit(normal, 2)
