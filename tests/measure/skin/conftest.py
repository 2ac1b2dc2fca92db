"""Spheres of skin whose colour, light and gloss are known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightmeter.measure.skin.skin_surface import CELLS, SIDE, SkinSurface
from lightmeter.optics.geometry import direction
from lightmeter.optics.skin_colour import REFERENCE

FILL = 0.25


@pytest.fixture(scope="session")
def ball() -> tuple[Tensor, Tensor]:
    """Normals (1, 3, G, G) of a sphere as wide as the face, and where it is seen (1, 1, G, G)."""
    along = (torch.arange(SIDE) + 0.5 - SIDE / 2) / (CELLS / 2)
    x, y = along[None, :].expand(SIDE, -1), -along[:, None].expand(-1, SIDE)
    z = (1 - x * x - y * y).clamp_min(0).sqrt()
    return torch.stack((x, y, z))[None], (z > 0.3).float()[None, None]


@pytest.fixture(scope="session")
def matte(ball: tuple[Tensor, Tensor]) -> Callable[..., SkinSurface]:
    """`matte(azimuth, elevation, body)`: Lambert's sphere under a key and a fill, 300 pixels wide."""

    def build(
        azimuth: float = 35.0,
        elevation: float = 25.0,
        body: tuple[float, float, float] = REFERENCE,
        specular: Tensor | float = 0.0,
    ) -> SkinSurface:
        normal, seen = ball
        key = direction(torch.tensor(float(azimuth)), torch.tensor(float(elevation)))
        facing = torch.einsum("c,bchw->bhw", key, normal).clamp_min(0)[:, None]
        shaded = facing + FILL * ((1 + normal[:, 2:]) / 2) ** 1.5
        linear = 0.6 * (torch.tensor(body)[:, None, None] * shaded + specular)
        return SkinSurface(
            linear=linear,
            normal=normal,
            skin=seen,
            clipped=(linear.amax(1, keepdim=True) > 0.98).float(),
            corner=torch.zeros(1, 2),
            width=torch.tensor([2.0 * CELLS]),
        )

    return build


@pytest.fixture(scope="session")
def glossy(ball: tuple[Tensor, Tensor], matte: Callable[..., SkinSurface]) -> Callable[..., SkinSurface]:
    """`glossy(roughness, strength)`: the sphere with GGX's lobe in white, `strength` at its peak."""

    def build(
        roughness: float, strength: float, body: tuple[float, float, float] = REFERENCE, azimuth: float = 35.0
    ) -> SkinSurface:
        return matte(azimuth=azimuth, body=body, specular=strength * lobe(ball[0], roughness, azimuth))

    return build


def lobe(normal: Tensor, roughness: float, azimuth: float = 35.0, elevation: float = 25.0) -> Tensor:
    """(1, 1, G, G): GGX's distribution of normals, 1 at the half vector; alpha is roughness squared."""
    key = direction(torch.tensor(float(azimuth)), torch.tensor(float(elevation)))
    half = torch.nn.functional.normalize(key + torch.tensor([0.0, 0.0, 1.0]), dim=0)
    cosine = torch.einsum("c,bchw->bhw", half, normal).clamp_min(0)[:, None]
    alpha = roughness**2
    return alpha**4 / (cosine**2 * (alpha**2 - 1) + 1) ** 2
