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

_PLACES = (151, 108, 337, 50, 280, 197, 199)
"""Mesh points: middle and sides of the forehead, the cheeks, the bridge of the nose, the chin."""

_FACING = 0.5


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


def _nothing() -> tuple[Tensor, Tensor]:
    return torch.zeros(len(_PLACES), 3, SIDE, SIDE), torch.zeros(len(_PLACES), SIDE, SIDE)


def _cut(picture: Picture, mesh: Tensor) -> tuple[Tensor, Tensor]:
    """Windows (N, 3, S, S) and bare skin (N, S, S) of one mesh (468, 3) in native pixels."""
    facing = _facing_triangles(mesh)
    windows, bare = [], []
    for place in _PLACES:
        left, top = (int(mesh[place, axis].round()) - SIDE // 2 for axis in (0, 1))
        windows.append(picture.window(top, left, SIDE, SIDE))
        plane = np.zeros((SIDE, SIDE), np.uint8)
        cv2.fillPoly(plane, list(facing - np.array((left, top), np.int32)), (1,))
        plane &= _within(picture, top, left)
        bare.append(torch.from_numpy(plane).float())
    return torch.stack(windows), torch.stack(bare)


def _facing_triangles(mesh: Tensor) -> npt.NDArray[np.int32]:
    """(F, 3, 2) corners, in native pixels, of the bare triangles that face the camera."""
    shape = topology()
    normal = vertex_normals(mesh[None], shape.triangles)[0][shape.triangles].mean(1)
    chosen = shape.triangles[bare_skin(shape) & (normal[:, 2] > _FACING)]
    corners: npt.NDArray[np.int32] = mesh[chosen][..., :2].round().numpy().astype(np.int32)
    return corners


def _within(picture: Picture, top: int, left: int) -> npt.NDArray[np.uint8]:
    """(S, S): 1 where the window lies on the picture."""
    rows, columns = np.arange(top, top + SIDE), np.arange(left, left + SIDE)
    inside = ((rows >= 0) & (rows < picture.height))[:, None] & (columns >= 0) & (columns < picture.width)
    return inside.astype(np.uint8)
