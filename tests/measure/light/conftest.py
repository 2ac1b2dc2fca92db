"""Facets of faces whose light is known."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightmeter.optics.geometry import direction
from lightmeter.see.facets import Facets
from lightmeter.see.provide import Refusal


@pytest.fixture(scope="session")
def facets_of() -> Callable[..., Facets]:
    """`facets_of(luminance, ...)`: one grey face of F facets; luminance (F,)."""

    def build(
        luminance: Tensor,
        normal: Tensor | None = None,
        centre: Tensor | None = None,
        skin: Tensor | None = None,
        width: float = 100.0,
        clipped: Tensor | None = None,
        tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
    ) -> Facets:
        count = len(luminance)
        normal = torch.tensor([[0.0, 0.0, 1.0]]).expand(count, 3) if normal is None else normal
        return Facets(
            linear=(luminance * torch.tensor(tint)[:, None])[None],
            normal=normal[None],
            centre=(torch.zeros(count, 2) if centre is None else centre)[None],
            skin=(torch.ones(count) if skin is None else skin)[None],
            clipped=(torch.zeros(count) if clipped is None else clipped)[None],
            width=torch.tensor([width]),
        )

    return build


@pytest.fixture(scope="session")
def no_facets() -> Facets:
    """What `facets` gives where there is no face."""
    return Facets(
        linear=torch.zeros(1, 3, 9),
        normal=torch.zeros(1, 9, 3),
        centre=torch.zeros(1, 9, 2),
        skin=torch.zeros(1, 9),
        clipped=torch.zeros(1, 9),
        width=torch.tensor([torch.nan]),
        refusals=(Refusal(torch.tensor([True]), "no face"),),
    )


@pytest.fixture(scope="session")
def head() -> Tensor:
    """(F, 3) normals of the camera's side of an ellipsoid 1 wide, 1.4 high, 0.8 deep."""
    i = torch.arange(1400, dtype=torch.float64) + 0.5
    z, turn = 1 - i / 700, math.pi * (1 + 5**0.5) * i
    level = (1 - z * z).sqrt()
    sphere = torch.stack((level * turn.cos(), level * turn.sin(), z), 1)
    normal = torch.nn.functional.normalize(sphere / sphere.new_tensor([1.0, 1.4, 0.8]), dim=1).float()
    return normal[normal[:, 2] > 0.15]


@pytest.fixture(scope="session")
def lit(facets_of: Callable[..., Facets], head: Tensor) -> Callable[..., Facets]:
    """`lit(azimuth, elevation, stops)`: the head under Lambert's key over a fill around the camera."""

    def build(azimuth: float, elevation: float, stops: float, exposure: float = 0.3) -> Facets:
        towards = direction(torch.tensor(float(azimuth)), torch.tensor(float(elevation)))
        fill = ((1 + head[:, 2]) / 2) ** 1.5
        bright = exposure * ((head @ towards).clamp_min(0) + 2.0**-stops * fill)
        return facets_of(bright, normal=head, skin=head[:, 2])

    return build
