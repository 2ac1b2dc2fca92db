"""Balls of known material as the provider `metal` would hand them over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from metals import Material, ball
from torch import Tensor

from lightmeter.measure.metal.metal_lobes import MetalLobes, metal_lobes
from lightmeter.optics.upright import Upright
from lightmeter.see.facets import Facets
from lightmeter.see.metal import Metal
from lightmeter.see.regions import Matte


def metal_of(linear: Tensor, mask: Tensor, skin: Tensor | None = None) -> Metal:
    """One region of a plane (3, R, C); where skin is given, it lies on a person's."""
    plane = Upright(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, -1.0]]), torch.ones(1))
    alpha = mask.float()[None, None]
    bare = torch.zeros_like(alpha) if skin is None else skin.float()[None, None]
    face = torch.tensor([skin is not None])
    kept = (linear.amax(0) < 0.97).float()[None, None]
    return Metal(linear[None], linear[None], kept, alpha, bare, torch.tensor([0.05]), face, plane)


@pytest.fixture(scope="session", name="metal_of")
def _metal_of() -> Callable[..., Metal]:
    return metal_of


@pytest.fixture(scope="session")
def lobes_of() -> Callable[..., MetalLobes]:
    """`lobes_of(linear, mask)`: no face, a black ground, so that the light is white."""

    def build(linear: Tensor, mask: Tensor) -> MetalLobes:
        nobody = Facets(
            torch.zeros(1, 3, 9), torch.zeros(1, 9, 3), torch.zeros(1, 9, 2), torch.zeros(1, 9),
            torch.zeros(1, 9), torch.tensor([torch.nan]),
        )  # fmt: skip
        ground = Matte((~mask).float()[None, None])
        return metal_lobes(linear[None], metal_of(linear, mask), nobody, ground)

    return build


@pytest.fixture(scope="session")
def ball_lobes(lobes_of: Callable[..., MetalLobes]) -> Callable[..., MetalLobes]:
    """`ball_lobes(material, other, share, exposure)`: of a ball a third as bright as range allows."""

    def build(
        material: Material, other: Material | None = None, share: float = 0.0, exposure: float = 0.1
    ) -> MetalLobes:
        linear, mask = ball(128, material, other, share)
        return lobes_of(exposure * linear, mask)

    return build
