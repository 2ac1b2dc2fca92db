"""Directions that a light is searched in."""

from __future__ import annotations

from functools import cache, lru_cache

import torch
from torch import Tensor

from lightmeter.optics.constants import constant

_REACH = 15.0
_STEP = 5.0


@lru_cache(maxsize=16)
def front_of_sphere(device: torch.device, count: int = 110, least: float = -0.3) -> Tensor:
    """(count, 3) even directions, those behind z = `least` left out; symmetric about the plane x = 0."""
    i = torch.arange(count // 2, dtype=torch.float64) + 0.5
    z = 1 - i / (count // 2) * (1 - least)
    turn = torch.pi * (1 + 5**0.5) * i
    level = torch.sqrt(1 - z**2)
    half = torch.stack((level * torch.cos(turn), level * torch.sin(turn), z), dim=1)
    both = torch.cat((half, half * constant((-1.0, 1.0, 1.0), half)))
    return both.to(device, torch.float32)


def disc_around(centre: Tensor) -> Tensor:
    """(B, D, 3) directions every 5 degrees in a disc of 15 around unit vectors (B, 3)."""
    u, v = _disc(centre.device)
    up = torch.zeros_like(centre)
    up[:, 1] = 1
    side = torch.nn.functional.normalize(torch.linalg.cross(up, centre), dim=1)
    top = torch.linalg.cross(centre, side)
    ray = centre[:, None] + u[:, None] * side[:, None] + v[:, None] * top[:, None]
    return torch.nn.functional.normalize(ray, dim=2)


@lru_cache(maxsize=16)
def _disc(device: torch.device) -> tuple[Tensor, Tensor]:
    """(D,) tangents to the side and up."""
    across, up = _tangents()
    return across.to(device, non_blocking=True), up.to(device, non_blocking=True)


@cache
def _tangents() -> tuple[Tensor, Tensor]:
    axis = torch.arange(-_REACH, _REACH + 0.1, _STEP)
    u, v = torch.meshgrid(axis, axis, indexing="ij")
    disc = torch.hypot(u, v) <= _REACH + 0.1
    return torch.tan(torch.deg2rad(u[disc])), torch.tan(torch.deg2rad(v[disc]))
