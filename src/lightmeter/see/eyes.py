"""Windows on the two eyes, cut from native pixels and brought to one scale: a radius of the iris."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.optics.filters import resize_weights
from lightmeter.see.natives import Natives
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.raster import filled
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import IRIS_LEFT, IRIS_RIGHT, topology
from lightmeter.see.waiting import at_most

SIDE = 64
"""Pixels along a window."""

REACH = 1.6
"""Iris radii from the iris' centre to a window's border: the iris is 40 window pixels across, about what
the largest faces of 1-megapixel portraits give natively, so that hardly anything is lost or made up."""

_SUBPIXEL = 4
"""Bits after the point of the lids' corners."""

_WIDEST = 0.32
"""Of the picture's long side: the widest window. Where a face fills a picture it is 0.14."""


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
def eyes(natives: Natives, face: FaceMesh) -> EyeWindows:
    """Cut a window of 3.2 iris radii around each iris of the mesh, and scale it to 64 pixels.

    Larger eyes are averaged over areas, smaller ones are interpolated: `diameter` says what the window can
    hold. No iris is taken to be wider than a fifth of its picture is long.
    """
    scale = natives.per_frame[:, None, None]
    frame = torch.stack([_iris(face.points, centre) for centre in (IRIS_LEFT, IRIS_RIGHT)], dim=1)
    ring, seen = (frame * scale).nan_to_num(), face.present[:, None, None]
    widest = (_WIDEST * natives.longest).floor().clamp_min(2)[:, None]
    across = torch.minimum((2 * REACH * ring[..., 2]).round().clamp_min(2), widest)
    corner = (ring[..., :2] - across[..., None] / 2).round()
    by = (SIDE / across)[..., None]
    iris = torch.cat(((ring[..., :2] - corner) * by, ring[..., 2:] * by), dim=2)
    return EyeWindows(
        torch.where(seen[..., None, None], _window(natives, corner, across.long()), 0.0),
        (_between_lids(face, scale, corner, by) & _on_picture(natives, corner, by)).float(),
        torch.where(seen, iris, 0.0),
        frame,
        2 * frame[..., 2] * scale[..., 0],
        face.refusals,
    )


def _iris(points: Tensor, centre: int) -> Tensor:
    """(B, 3): x, y and radius. The rim's widest pair: a turned iris is an ellipse as high as it was."""
    rim = points[:, centre + 1 : centre + 5, :2]
    radius = torch.stack([(rim[:, i] - rim[:, i + 2]).norm(dim=1) for i in (0, 1)], dim=1).amax(1) / 2
    return torch.cat((points[:, centre, :2], radius[:, None]), dim=1)


def _window(natives: Natives, corner: Tensor, across: Tensor) -> Tensor:
    """(B, 2, 3, S, S) linear, of native squares `across` (B, 2) pixels wide from `corner` (B, 2, 2) on."""
    most = at_most(across, max(2, int(_WIDEST * max(map(max, natives.sizes)))))
    along = torch.arange(most, device=across.device)
    left, top = corner.long().chunk(2, 2)
    weight = resize_weights(across, most, SIDE)[:, :, None]
    window: Tensor = weight @ natives.cut(top + along, left + along) @ weight.mT
    return window


def _between_lids(face: FaceMesh, scale: Tensor, corner: Tensor, by: Tensor) -> Tensor:
    """(B, 2, S, S) bool; nothing where there is no face."""
    shape = topology(corner.device)
    lids = torch.stack((face.points[:, shape.eye_left, :2], face.points[:, shape.eye_right, :2]), dim=1)
    # A raster has integers at the centres of pixels.
    loops = ((lids * scale[..., None] - corner[:, :, None]) * by[:, :, None] - 0.5).flatten(0, 1)
    drawn = face.present.repeat_interleave(2)[:, None]
    return filled(loops[:, None], drawn, (SIDE, SIDE), _SUBPIXEL).view(-1, 2, SIDE, SIDE)


def _on_picture(natives: Natives, corner: Tensor, by: Tensor) -> Tensor:
    """(B, 2, S, S) bool."""
    at = corner[..., None] + (torch.arange(SIDE, device=corner.device) + 0.5) / by[..., None]
    x, y = at.unbind(2)
    columns = (x >= 0) & (x <= natives.width[:, None, None])
    rows = (y >= 0) & (y <= natives.height[:, None, None])
    return rows[..., None] & columns[..., None, :]
