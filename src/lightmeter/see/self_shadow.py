"""Which parts of a face its own nose, brow and chin keep in the dark."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from lightmeter.optics.cast_shadows import CastShadows
from lightmeter.optics.geometry import vertex_normals
from lightmeter.optics.shading_directions import front_of_sphere
from lightmeter.see.topology import topology

_DIRECTIONS = 300
_BEHIND = -0.4


def cast_shadows(normal: Tensor) -> CastShadows | None:
    """The shadows that an average face casts on itself, turned as the faces are; None for other meshes.

    normal: (B, F, 3) unit normals of the mesh's triangles, camera frame. The table is computed once, for
    the mean of the meshes of some hundred portraits, both sides alike: the parts of a face stand much alike,
    and a mesh is found too roughly to march through each.
    """
    average, reached = _table(normal.device)
    if normal.shape[1] != len(average):
        return None
    return CastShadows(directions(normal.device), reached, _turn(normal, average))


def _turn(normal: Tensor, average: Tensor) -> Tensor:
    """(B, 3, 3) rotations that bring average normals (F, 3) nearest to normals (B, F, 3).

    If n = R a, the sum of n a^T is R times that of a a^T; of what is found, x and y are made square.
    """
    found = normal.mT @ average @ torch.linalg.inv_ex(average.T @ average).inverse
    x, y, _ = found.unbind(2)
    x = torch.nn.functional.normalize(x, dim=1)
    y = torch.nn.functional.normalize(y - (x * y).sum(1, keepdim=True) * x, dim=1)
    return torch.stack((x, y, torch.linalg.cross(x, y)), dim=2)


def directions(device: torch.device) -> Tensor:
    """(300, 3) directions of the head frame that the table holds."""
    return front_of_sphere(device, _DIRECTIONS, _BEHIND)


@lru_cache(maxsize=16)
def _table(device: torch.device) -> tuple[Tensor, Tensor]:
    """Normals (F, 3) of the average face's triangles in the head frame; (300, F) where light reaches them."""
    average, reached = _stored()
    return average.to(device, non_blocking=True), reached.to(device, torch.float32, non_blocking=True)


@cache
def _stored() -> tuple[Tensor, Tensor]:
    stored = load_file(Path(__file__).parent / "weights" / "cast_shadows.safetensors")
    shape = topology(torch.device("cpu"))
    points = stored["points"].float() * torch.tensor((1.0, -1.0, -1.0))
    average = vertex_normals(points[None], shape.triangles)[0][shape.triangles].mean(1)
    bits = stored["reached"][..., None] >> torch.arange(8, dtype=torch.uint8) & 1
    reached = bits.flatten(1)[:, : len(shape.triangles)]
    return torch.nn.functional.normalize(average, dim=1), reached
