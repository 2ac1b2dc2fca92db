"""Native-resolution windows on skin: the only view that texture is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lightmeter.optics.geometry import vertex_normals
from lightmeter.read.picture import Picture
from lightmeter.see.facets import bare_skin
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import topology

SIDE = 160
"""Native pixels along a patch: 0.16 face widths of a 1000 pixel face, most of a 200 pixel one."""

PLACES = (151, 108, 337, 50, 280, 197, 199)
"""Mesh points: middle and sides of the forehead, the cheeks, the bridge of the nose, the chin."""

_FACING = 0.5

_BROAD = 240
"""Pixels across a face at the least that broad patches are averaged down to."""

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
def skin_patches(pictures: Sequence[Picture], linear: Tensor, face: FaceMesh) -> SkinPatches:
    """Cut the windows from the pictures, never resampled.

    linear: the frame (B, 3, H, W), for its scale and device. Windows that reach beyond the picture
    repeat its edge and are not bare there.
    """
    long_side = max(linear.shape[2:])
    scale = linear.new_tensor([max(each.width, each.height) / long_side for each in pictures])
    points = (face.points[:, :468] * scale[:, None, None]).cpu()
    cut = [
        _cut(picture, mesh) if present else _nothing()
        for picture, mesh, present in zip(pictures, points, face.present.tolist(), strict=True)
    ]
    windows, bare = (torch.stack(each).to(linear.device) for each in zip(*cut, strict=True))
    return SkinPatches(windows, bare, face.width * scale, face.refusals)


@provides
def broad_patches(
    pictures: Sequence[Picture], linear: Tensor, face: FaceMesh, skin_patches: SkinPatches
) -> SkinPatches:
    """As `skin_patches`; those of faces over 480 native pixels averaged over k x k pixels, k = width // 240.

    So a window spans at least a third of any face, and what is looked at does not depend on resolution.
    `face_width` counts averaged pixels: 240 to 480 of them. What is averaged is bare within 0.18 face
    widths of the place only.
    """
    width = skin_patches.face_width
    pooled = (width / _BROAD).nan_to_num(1.0).clamp_min(1).floor()
    sides = (2 * (_WITHIN * width / pooled).nan_to_num(0.0).ceil()).clamp_max(SIDE)
    points = (face.points[:, :468] * (width / face.width)[:, None, None]).cpu()
    windows, bare = skin_patches.linear.clone(), skin_patches.bare.clone()
    for i, (by, side) in enumerate(zip(pooled.int().tolist(), sides.int().tolist(), strict=True)):
        if by > 1:
            found, seen = _cut(pictures[i], points[i], side * by)
            edges = ((SIDE - side) // 2,) * 4
            pooled_window = torch.nn.functional.avg_pool2d(found, by)
            windows[i] = torch.nn.functional.pad(pooled_window, edges, mode="replicate").to(linear.device)
            whole = 1 - torch.nn.functional.max_pool2d(1 - seen, by)
            bare[i] = torch.nn.functional.pad(whole, edges).to(linear.device)
    return SkinPatches(windows, bare, width / pooled, skin_patches.refusals)


def _nothing() -> tuple[Tensor, Tensor]:
    return torch.zeros(len(PLACES), 3, SIDE, SIDE), torch.zeros(len(PLACES), SIDE, SIDE)


def _cut(picture: Picture, mesh: Tensor, side: int = SIDE) -> tuple[Tensor, Tensor]:
    """Windows (N, 3, side, side) and bare skin (N, side, side) of one mesh (468, 3) in native pixels."""
    facing = _facing_triangles(mesh)
    windows, bare = [], []
    for place in PLACES:
        left, top = (int(mesh[place, axis].round()) - side // 2 for axis in (0, 1))
        windows.append(picture.window(top, left, side, side))
        plane = np.zeros((side, side), np.uint8)
        cv2.fillPoly(plane, list(facing - np.array((left, top), np.int32)), (1,))
        plane &= _within(picture, top, left, side)
        bare.append(torch.from_numpy(plane).float())
    return torch.stack(windows), torch.stack(bare)


def _facing_triangles(mesh: Tensor) -> npt.NDArray[np.int32]:
    """(F, 3, 2) corners, in native pixels, of the bare triangles that face the camera."""
    shape = topology()
    normal = vertex_normals(mesh[None], shape.triangles)[0][shape.triangles].mean(1)
    chosen = shape.triangles[bare_skin(shape) & (normal[:, 2] > _FACING)]
    corners: npt.NDArray[np.int32] = mesh[chosen][..., :2].round().numpy().astype(np.int32)
    return corners


def _within(picture: Picture, top: int, left: int, side: int) -> npt.NDArray[np.uint8]:
    """(side, side): 1 where the window lies on the picture."""
    rows, columns = np.arange(top, top + side), np.arange(left, left + side)
    inside = ((rows >= 0) & (rows < picture.height))[:, None] & (columns >= 0) & (columns < picture.width)
    return inside.astype(np.uint8)
