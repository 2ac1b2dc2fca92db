"""Lights of known direction and size, and what of them each point of the head sees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from head_shape import marched
from torch import Tensor

SAMPLES = 48
FILL_SAMPLES = 24
_LIFT = 0.012
_REACH = 1.8
"""How far the bust can stand in a key's way, face widths."""
_NEAR = 1.0
"""The same for an even fill, in which what is farther off hardly tells."""
_LEAST_STEP = 0.015


@dataclass(frozen=True)
class Light:
    """A distant area light of uniform radiance.

    azimuth: deg, 0 = from the camera, + = from image right, 180 behind. elevation: deg, + = from above.
    size: deg across; 0 is a point. shape: a disc, or a square softbox whose side is `size`.
    stops: its irradiance on a surface facing it, in stops over the scene's key. colour: linear RGB.
    """

    azimuth: float = -40.0
    elevation: float = 30.0
    size: float = 20.0
    shape: Literal["disc", "softbox"] = "disc"
    stops: float = 0.0
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @property
    def direction(self) -> Tensor:
        """(3,) unit vector towards its middle: camera frame, x right, y up, z to the camera."""
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        level = math.cos(elevation)
        return torch.tensor(
            [level * math.sin(azimuth), math.sin(elevation), level * math.cos(azimuth)], dtype=torch.float32
        )

    @property
    def half(self) -> float:
        """Half of its size, in radians."""
        return math.radians(self.size) / 2

    def frame(self) -> tuple[Tensor, Tensor, Tensor]:
        """Its middle, its right-hand and its upward direction, as seen from the subject."""
        middle = self.direction
        side = torch.nn.functional.normalize(torch.linalg.cross(torch.tensor([0.0, 1.0, 0.0]), middle), dim=0)
        return middle, side, torch.linalg.cross(middle, side)

    def samples(self) -> tuple[Tensor, Tensor]:
        """(S, 3) directions over its face and their weights (S,): sum of weight times cosine is 1 for a
        surface that faces the light."""
        middle, side, top = self.frame()
        if self.size <= 0:
            return middle[None], torch.ones(1)
        u, v, weight = _cap(self.half) if self.shape == "disc" else _square(self.half)
        towards = torch.nn.functional.normalize(middle + u[:, None] * side + v[:, None] * top, dim=1)
        return towards, weight / (weight * (towards @ middle)).sum()

    def radiance(self, towards: Tensor, blur: Tensor) -> Tensor:
        """(N,) pi times radiance over irradiance, looking along unit vectors (N, 3) of the camera frame.

        Its edge is softened over `blur` (N,) radians, the angle that a pixel of a mirror covers.
        """
        middle, side, top = self.frame()
        ahead = towards @ middle
        across = [torch.atan2(towards @ axis, ahead).abs() for axis in (side, top)]
        off = torch.acos(ahead.clamp(-1, 1)) if self.shape == "disc" else torch.maximum(*across)
        half = max(self.half, math.radians(0.25))
        share = math.sin(half) ** 2 * (1 if self.shape == "disc" else 4 / math.pi)
        return (0.5 + (half - off) / blur).clamp(0, 1) / share


def _cap(half: float) -> tuple[Tensor, Tensor, Tensor]:
    """Tangent-plane places of even directions within `half` radians of the middle, and even weights.

    Both sides of the axis u = 0 mirror each other, so that a mirrored scene gives a mirrored picture.
    """
    i = torch.arange(SAMPLES // 2) + 0.5
    height = 1 - i / (SAMPLES // 2) * (1 - math.cos(half))
    turn = (i * 0.6180339887 % 1.0 - 0.5) * math.pi
    radius = torch.sqrt(1 - height**2) / height
    u, v = radius * torch.cos(turn), radius * torch.sin(turn)
    return torch.cat((u, -u)), torch.cat((v, v)), torch.ones(SAMPLES)


def _square(half: float) -> tuple[Tensor, Tensor, Tensor]:
    """The same for a square panel of uniform radiance: weights are solid angles."""
    i = torch.arange(SAMPLES // 2) + 0.5
    u, v = i / (SAMPLES // 2), 2 * (i * 0.6180339887 % 1.0) - 1
    reach = math.tan(half)
    u, v = reach * torch.cat((u, -u)), reach * torch.cat((v, v))
    return u, v, (1 + u * u + v * v) ** -1.5


def dome() -> Tensor:
    """(FILL_SAMPLES, 3) even directions over the camera's hemisphere, mirrored about x = 0."""
    i = torch.arange(FILL_SAMPLES // 2) + 0.5
    z = i / (FILL_SAMPLES // 2)
    turn = (i * 0.6180339887 % 1.0 - 0.5) * math.pi
    level = torch.sqrt(1 - z * z)
    right = torch.stack((level * torch.cos(turn), level * torch.sin(turn), z), dim=1)
    return torch.cat((right, right * torch.tensor([-1.0, 1.0, 1.0])))


def visibility(point: Tensor, normal: Tensor, towards: Tensor, hair: str, half: float | None) -> Tensor:
    """(S, N) 1 where points see along directions (S, 3), 0 where the head is in the way or behind.

    All in the head frame. With `half`, the directions lie within this angle of their mean, and points
    that see a whole cone free of obstacles are settled by one march.
    """
    facing = towards @ normal.T > 0
    seen = facing.float()
    reach = _NEAR if half is None else _REACH
    start = point + _LIFT * normal
    unsettled = facing
    if half is not None and len(towards) > 1:
        middle = torch.nn.functional.normalize(towards.mean(0), dim=0)
        free = _clearance(start, middle.expand_as(start), hair) > 1.6 * math.tan(half) + 0.02
        unsettled = facing & ~free
    ray, spot = unsettled.nonzero(as_tuple=True)
    for r, s in zip(ray.split(400_000), spot.split(400_000), strict=True):
        seen[r, s] = (_clearance(start[s], towards[r], hair, reach) > 0).float()
    return seen


def _clearance(start: Tensor, towards: Tensor, hair: str, reach: float = _REACH) -> Tensor:
    """(N,) least distance over path length along rays (N, 3): the free half-angle; <= 0 where one hits."""
    result = torch.full_like(start[:, 0], torch.inf)
    live, at, least = torch.arange(len(start)), start + _LIFT * towards, result
    path = torch.full_like(least, _LIFT)
    while len(live):
        near = marched(at, hair)
        least = torch.minimum(least, near / path)
        step = (0.9 * near).clamp_min(_LEAST_STEP)
        path = path + step
        at = torch.addcmul(at, step[:, None], towards)
        on = ((near > 0) & (path < reach)).nonzero()[:, 0]
        if len(on) < 0.8 * len(live):
            result[live] = least
            live, at, towards = live[on], at[on], towards[on]
            least, path = least[on], path[on]
    return result
