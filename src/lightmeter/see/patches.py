"""Native-resolution windows on skin: the only view that texture is measured on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.optics.constants import picked
from lightmeter.optics.geometry import vertex_normals
from lightmeter.see.facets import bare_skin
from lightmeter.see.natives import Natives, averaged
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.raster import filled
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import topology
from lightmeter.see.waiting import at_most, may_be

SIDE = 160
"""Native pixels along a patch: 0.16 face widths of a 1000 pixel face, most of a 200 pixel one."""

PLACES = (151, 108, 337, 50, 280, 197, 199)
"""Mesh points: middle and sides of the forehead, the cheeks, the bridge of the nose, the chin."""

_FACING = 0.5

_WITHIN = 0.18


@dataclass(frozen=True)
class SkinPatches:
    """N = 7 windows of native pixels per face.

    linear: (B, N, 3, S, S) scene-linear. bare: (B, N, S, S) 1 on visible skin that faces the camera,
    0 elsewhere. face_width: (B,) native pixels across the face: the scale of the windows.
    """

    linear: Tensor
    bare: Tensor
    face_width: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def bare_plane(natives: Natives, face: FaceMesh) -> Tensor:
    """(P,) bool beside the pixels of `natives`: on the mesh's bare triangles that face the camera."""
    shape = topology(face.points.device)
    mesh = face.points[:, :468] * natives.per_frame[:, None, None]
    normal = vertex_normals(mesh, shape.triangles)[:, shape.triangles].mean(2)
    facing = bare_skin(mesh.device) & (normal[..., 2] > _FACING)
    corners = mesh[..., :2].round()[:, shape.triangles]
    planes = [
        filled(corners[i : i + 1], facing[i : i + 1], size).flatten() for i, size in enumerate(natives.sizes)
    ]
    return torch.cat(planes)


@provides
def skin_patches(natives: Natives, face: FaceMesh, bare_plane: Tensor) -> SkinPatches:
    """Cut the windows from the pictures, never resampled.

    Windows that reach beyond the picture repeat its edge and are not bare there.
    """
    left, top = _corners(natives, face, torch.full_like(natives.width, SIDE))
    along = torch.arange(SIDE, device=left.device)
    rows, columns = top + along, left + along
    light = torch.where(face.present[:, None, None, None, None], natives.cut(rows, columns), 0.0)
    bare = natives.looked_up(bare_plane, rows, columns).float()
    return SkinPatches(light, bare, face.width * natives.per_frame, face.refusals)


@provides
def broad_patches(
    natives: Natives, face: FaceMesh, bare_plane: Tensor, skin_patches: SkinPatches
) -> SkinPatches:
    """As `skin_patches`; those of faces over 480 native pixels averaged over k x k pixels, k = width // 240.

    So a window spans at least a third of any face, and what is looked at does not depend on resolution.
    `face_width` counts averaged pixels: 240 to 480 of them. What is averaged is bare within 0.18 face
    widths of the place only.
    """
    width, light, bare = skin_patches.face_width, skin_patches.linear, skin_patches.bare
    pooled, most = natives.pooling(width)
    broad = (pooled > 1)[:, None, None, None]
    if may_be(broad):
        means, whole = _averages(natives, face, bare_plane, width, most)
        light, bare = torch.where(broad[..., None], means, light), torch.where(broad, whole, bare)
    return SkinPatches(light, bare, width / pooled, skin_patches.refusals)


def _averages(
    natives: Natives, face: FaceMesh, bare_plane: Tensor, width: Tensor, most: int
) -> tuple[Tensor, Tensor]:
    """Averaged windows (B, N, 3, S, S), their outermost pixels repeated, and whether bare (B, N, S, S)."""
    pooled, _ = natives.pooling(width)
    side = (2 * (_WITHIN * width / pooled).nan_to_num(0.0).ceil()).clamp(2, SIDE).long()
    left, top = _corners(natives, face, side * pooled)
    along = torch.arange(at_most(side, SIDE), device=width.device) * pooled[:, None, None]
    views = (top + along, left + along, pooled, most)
    means = averaged(natives.cut, *views)
    whole = averaged(lambda *at: natives.looked_up(bare_plane, *at), *views) == 1
    place = torch.arange(SIDE, device=width.device) - (SIDE - side[:, None]) // 2
    nearest = torch.minimum(place.clamp_min(0), side[:, None] - 1)
    within = (place == nearest)[:, None]
    return _taken(means, nearest), (_taken(whole, nearest) & within[..., None] & within[:, :, None]).float()


def _taken(x: Tensor, at: Tensor) -> Tensor:
    """(B, ..., S, S) of (B, ..., n, n), at rows and columns (B, S)."""
    lead = x.shape[:-2]
    at = at.view(len(at), *[1] * (len(lead) - 1), SIDE)
    rows = x.gather(-2, at[..., None].expand(*lead, SIDE, x.shape[-1]))
    return rows.gather(-1, at[..., None, :].expand(*lead, SIDE, SIDE))


def _corners(natives: Natives, face: FaceMesh, side: Tensor) -> tuple[Tensor, Tensor]:
    """Left and top, (B, N, 1) int64, of windows of so many native pixels (B,) around the places."""
    at = (picked(face.points, PLACES)[..., :2] * natives.per_frame[:, None, None]).nan_to_num().round().long()
    left, top = (at - side[:, None, None] // 2).chunk(2, 2)
    return left, top
