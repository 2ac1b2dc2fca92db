"""Windows on the two eyes, cut from native pixels and brought to one scale: a radius of the iris."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from lightmeter.read.picture import Picture
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import IRIS_LEFT, IRIS_RIGHT, topology

SIDE = 64
"""Pixels along a window."""

REACH = 1.6
"""Iris radii from the iris' centre to a window's border: the iris is 40 window pixels across, about what
the largest faces of 1-megapixel portraits give natively, so that hardly anything is lost or made up."""

_SUBPIXEL = 4
"""Bits after the point of cv2's polygon corners."""


@dataclass(frozen=True)
class EyeWindows:
    """Both eyes of each face, left first (the viewer's left), S = 64 window pixels a side.

    linear: (B, 2, 3, S, S) scene-linear. opening: (B, 2, S, S) 1 between the lids and on the picture,
    else 0. iris: (B, 2, 3) x, y and radius of the iris in window pixels, corners at integers. frame:
    (B, 2, 3) the same in frame pixels. diameter: (B, 2) of the iris in native pixels. Zeros where there
    is no face, but NaN in `frame` and `diameter`.
    """

    linear: Tensor
    opening: Tensor
    iris: Tensor
    frame: Tensor
    diameter: Tensor
    refusals: tuple[Refusal, ...] = ()

    def offset(self) -> Tensor:
        """(B, 2, 2, S, S): right and up of the iris' centre, in iris radii, of each window pixel."""
        at = torch.arange(SIDE, device=self.iris.device) + 0.5
        x, y, radius = (each[..., None, None] for each in self.iris.unbind(2))
        radius = radius.clamp_min(1e-6)
        right, up = (at - x) / radius, (y - at[:, None]) / radius
        shape = (*self.iris.shape[:2], SIDE, SIDE)
        return torch.stack((right.expand(shape), up.expand(shape)), dim=2)


@provides
def eyes(pictures: Sequence[Picture], linear: Tensor, face: FaceMesh) -> EyeWindows:
    """Cut a window of 3.2 iris radii around each iris of the mesh, and scale it to 64 pixels.

    linear: the frame (B, 3, H, W), for its scale and device. Larger eyes are averaged over areas,
    smaller ones are interpolated: `diameter` says what the window can hold.
    """
    long_side = max(linear.shape[2:])
    scale = linear.new_tensor([max(each.width, each.height) / long_side for each in pictures])
    frame = torch.stack([_iris(face.points, centre) for centre in (IRIS_LEFT, IRIS_RIGHT)], dim=1)
    native = (face.points[..., :2] * scale[:, None, None]).cpu()
    rings = (frame * scale[:, None, None]).cpu()
    cut = [
        _both(picture, mesh, ring) if present else _nothing()
        for picture, mesh, ring, present in zip(pictures, native, rings, face.present.tolist(), strict=True)
    ]
    windows, opening, iris = (torch.stack(each).to(linear.device) for each in zip(*cut, strict=True))
    return EyeWindows(windows, opening, iris, frame, 2 * frame[..., 2] * scale[:, None], face.refusals)


def _iris(points: Tensor, centre: int) -> Tensor:
    """(B, 3): x, y and radius. The rim's widest pair: a turned iris is an ellipse as high as it was."""
    rim = points[:, centre + 1 : centre + 5, :2]
    radius = torch.stack([(rim[:, i] - rim[:, i + 2]).norm(dim=1) for i in (0, 1)], dim=1).amax(1) / 2
    return torch.cat((points[:, centre, :2], radius[:, None]), dim=1)


def _nothing() -> tuple[Tensor, Tensor, Tensor]:
    return torch.zeros(2, 3, SIDE, SIDE), torch.zeros(2, SIDE, SIDE), torch.zeros(2, 3)


def _both(picture: Picture, mesh: Tensor, rings: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Windows (2, 3, S, S), openings (2, S, S) and irises (2, 3) of one mesh (478, 2) in native pixels."""
    shape = topology()
    cut = [
        _cut(picture, mesh[lids], ring)
        for lids, ring in zip((shape.eye_left, shape.eye_right), rings, strict=True)
    ]
    windows, opening, iris = (torch.stack(each) for each in zip(*cut, strict=True))
    return windows, opening, iris


def _cut(picture: Picture, lids: Tensor, ring: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """One window (3, S, S), opening (S, S) and iris (3,); lids (16, 2) and ring (3,) in native pixels."""
    across = max(2, int((2 * REACH * ring[2]).round()))
    corner = (ring[:2] - across / 2).round()
    left, top = (int(each) for each in corner)
    native = picture.window(top, left, across, across)
    window = torch.nn.functional.interpolate(native[None], (SIDE, SIDE), mode="bilinear", antialias=True)[0]
    by = SIDE / across
    plane = np.zeros((SIDE, SIDE), np.uint8)
    # cv2 puts integers at the centres of pixels.
    loop = ((lids - corner) * by - 0.5) * 2**_SUBPIXEL
    cv2.fillPoly(plane, [loop.round().numpy().astype(np.int32)], (1,), shift=_SUBPIXEL)
    at = (np.arange(SIDE) + 0.5) / by
    rows, columns = (
        (top + at >= 0) & (top + at <= picture.height),
        (left + at >= 0) & (left + at <= picture.width),
    )
    plane &= (rows[:, None] & columns).astype(np.uint8)
    iris = torch.cat(((ring[:2] - corner) * by, ring[2:] * by))
    return window, torch.from_numpy(plane).float(), iris
