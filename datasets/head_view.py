"""Which point of the head each pixel sees, through a long lens, and how much of the fill reaches it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from head_light import dome, visibility
from head_shape import distances, marched, normals
from torch import Tensor

MIDDLE = 0.08
"""Height in the head frame that the frame's middle looks at."""
_DEPTH = 2.2
_TOUCH = 1e-3


@dataclass(frozen=True)
class Pose:
    """What of a scene decides which points its pixels see."""

    yaw: float
    pitch: float
    roll: float
    side: int
    span: float
    hair: str
    shadows: bool = True

    @property
    def rotation(self) -> Tensor:
        """(3, 3) from the head frame to the camera frame."""
        yaw, pitch, roll = (math.radians(a) for a in (self.yaw, -self.pitch, -self.roll))
        c, s = math.cos, math.sin
        about_y = torch.tensor([[c(yaw), 0, s(yaw)], [0, 1, 0], [-s(yaw), 0, c(yaw)]])
        about_x = torch.tensor([[1, 0, 0], [0, c(pitch), -s(pitch)], [0, s(pitch), c(pitch)]])
        about_z = torch.tensor([[c(roll), -s(roll), 0], [s(roll), c(roll), 0], [0, 0, 1]])
        return about_z @ about_y @ about_x

    def pixels(self, point: Tensor) -> Tensor:
        """(..., 3) frame pixels (x right, y down, z away) of points in the head frame."""
        scale, half = self.side / self.span, self.side / 2
        at = point @ self.rotation.T
        return torch.stack(
            (half + scale * at[..., 0], half - scale * (at[..., 1] - MIDDLE), -scale * at[..., 2]), -1
        )

    def points(self, pixel: Tensor) -> Tensor:
        """`pixels` undone: (..., 3) of the head frame."""
        scale, half = self.side / self.span, self.side / 2
        x, y = (pixel[..., 0] - half) / scale, MIDDLE - (pixel[..., 1] - half) / scale
        return torch.stack((x, y, -pixel[..., 2] / scale), dim=-1) @ self.rotation


@dataclass(frozen=True)
class Surface:
    """The N points that pixels see.

    index: (N,) pixel, row by row. alpha: (N,) share of the pixel. point, normal: (N, 3) head frame.
    facing: (N, 3) the normal in the camera frame. fill: (N,) irradiance of an even hemisphere around
    the camera, (1 + n_z) / 2 less the share that the head hides, 1 on an open surface facing the camera.
    """

    index: Tensor
    alpha: Tensor
    point: Tensor
    normal: Tensor
    facing: Tensor
    fill: Tensor


@lru_cache(maxsize=4)
def seen(pose: Pose) -> Surface:
    """March all pixels' rays: in the grid as far as it is sure, from there on the shape itself.

    Kept for the last four poses, so that the same head under another light costs its shadows only.
    """
    step = pose.span / pose.side
    turn = pose.rotation
    axis = (torch.arange(pose.side) + 0.5) * step - pose.span / 2
    x, y = axis[None].expand(pose.side, -1), MIDDLE - axis[:, None].expand(-1, pose.side)
    start = torch.stack((x, y, torch.full_like(x, 1.0)), dim=-1).reshape(-1, 3) @ turn
    index, path = _approached(start, -turn[2], pose.hair)
    index, path, alpha = _struck(start, index, path, -turn[2], pose.hair, step)
    point = start[index] - path[:, None] * turn[2]
    normal = normals(point, pose.hair)
    facing = normal @ turn.T
    return Surface(index, alpha, point, normal, facing, _fill(pose, point, normal, facing))


def _fill(pose: Pose, point: Tensor, normal: Tensor, facing: Tensor) -> Tensor:
    free = (1 + facing[:, 2]) / 2
    if not pose.shadows:
        return free
    towards = dome() @ pose.rotation
    cosine = (towards @ normal.T).clamp_min(0)
    unhidden = visibility(point, normal, towards, pose.hair, None)
    return free * (cosine * unhidden).sum(0) / cosine.sum(0).clamp_min(1e-6)


def _approached(start: Tensor, ray: Tensor, hair: str) -> tuple[Tensor, Tensor]:
    """Which rays come near the head, and how far along."""
    live = torch.arange(len(start))
    path = torch.zeros(len(start))
    done: list[tuple[Tensor, Tensor]] = []
    while len(live):
        near = marched(start[live] + path[:, None] * ray, hair)
        path = path + 0.9 * near.clamp_min(0)
        hit = near < 0.03
        done.append((live[hit], path[hit]))
        on = ~hit & (path < _DEPTH)
        live, path = live[on], path[on]
    index, path = (torch.cat(parts) for parts in zip(*done, strict=True))
    return index, path


def _struck(
    start: Tensor, index: Tensor, path: Tensor, ray: Tensor, hair: str, step: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Which rays meet the head, where, and how much of a pixel it covers.

    A ray that hits nothing but passes by within a pixel counts in part, at the place where it is nearest.
    """
    best, at = torch.full_like(path, torch.inf), path.clone()
    live = torch.arange(len(path))
    while len(live):
        near = distances(start[index[live]] + path[live, None] * ray, hair).nearest
        closer = near < best[live]
        best[live[closer]], at[live[closer]] = near[closer], path[live[closer]]
        path[live] += torch.where(near < _TOUCH, 0.0, (0.9 * near).clamp_min(step / 2))
        live = live[(near >= _TOUCH) & (near < 0.5) & (path[live] < _DEPTH)]
    alpha = torch.where(best < _TOUCH, 1.0, (1 - best / step).clamp(0, 1))
    kept = alpha > 0
    index, at = index[kept], at[kept]
    met = alpha[kept] == 1
    for _ in range(2):
        off = distances(start[index] + at[:, None] * ray, hair).nearest
        at = at + torch.where(met, off, 0.0)
    return index, at, alpha[kept]
