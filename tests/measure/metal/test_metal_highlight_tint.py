"""metal_highlight_tint of balls whose highlights have a known colour.

A conductor of one reflectance per primary returns reflectance x light everywhere, but for Schlick's rise at
grazing angles: nothing of it lies towards the light's colour, so the tint is 1. A dielectric returns
albedo x (irradiance + surroundings), at most a matte body's, plus a lobe in the light's colour: tint 0.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from metals import (
    BRASS,
    COPPER,
    GOLD,
    MATTE_CERAMIC,
    RED_PLASTIC,
    STEEL,
    YELLOW_PLASTIC,
    Material,
    ball,
)

from lightmeter.measure.metal.metal_highlight_tint import metal_highlight_tint
from lightmeter.measure.metal.metal_lobes import MetalLobes

Lobes = Callable[..., MetalLobes]


def tint(lobes: MetalLobes) -> float:
    return float(metal_highlight_tint(lobes).value[0])


@pytest.mark.parametrize("metal", [GOLD, BRASS, COPPER])
def test_a_conductor_mirrors_in_its_own_colour(metal: Material, ball_lobes: Lobes) -> None:
    assert tint(ball_lobes(metal)) > 0.95


@pytest.mark.parametrize("paint", [YELLOW_PLASTIC, RED_PLASTIC, MATTE_CERAMIC])
@pytest.mark.parametrize("roughness", [0.25, 0.4, 0.6])
def test_a_dielectric_mirrors_in_the_lights_colour(
    paint: Material, roughness: float, ball_lobes: Lobes
) -> None:
    assert tint(ball_lobes(Material(paint.colour, False, roughness))) < 0.1


def test_it_rises_with_the_share_of_metal(ball_lobes: Lobes) -> None:
    mixed = [tint(ball_lobes(YELLOW_PLASTIC, GOLD, share)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert all(a < b for a, b in pairwise(mixed))


@pytest.mark.parametrize("material", [GOLD, YELLOW_PLASTIC])
def test_exposure_and_mirror_leave_it(material: Material, ball_lobes: Lobes, lobes_of: Lobes) -> None:
    linear, mask = ball(128, material)
    expected = tint(ball_lobes(material))
    assert tint(ball_lobes(material, exposure=0.05)) == pytest.approx(expected, abs=0.02)
    assert tint(lobes_of(0.1 * linear.flip(2), mask.flip(1))) == pytest.approx(expected, abs=1e-4)


def test_steel_is_refused_as_grey(ball_lobes: Lobes) -> None:
    result = metal_highlight_tint(ball_lobes(STEEL))
    assert result.value.isnan().all() and "grey" in result.reasons()[0]


def test_a_body_near_the_top_of_the_range_is_refused(lobes_of: Lobes) -> None:
    linear, mask = ball(128, YELLOW_PLASTIC)
    result = metal_highlight_tint(lobes_of((1.6 * linear).clamp(0, 1), mask))
    assert "range" in result.reasons()[0]


def test_an_empty_region_is_refused(lobes_of: Lobes) -> None:
    result = metal_highlight_tint(lobes_of(torch.rand(3, 64, 64), torch.zeros(64, 64, dtype=torch.bool)))
    assert "nothing" in result.reasons()[0]
