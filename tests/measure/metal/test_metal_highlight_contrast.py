"""metal_highlight_contrast of regions with two known levels, and of balls."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from metals import GOLD, MATTE_CERAMIC, Material

from lightmeter.measure.metal.metal_highlight_contrast import metal_highlight_contrast
from lightmeter.measure.metal.metal_lobes import MetalLobes
from lightmeter.measure.metal.metal_plausibility import metal_plausibility

Lobes = Callable[..., MetalLobes]


def contrast(lobes: MetalLobes) -> float:
    return float(metal_highlight_contrast(lobes).value[0])


@pytest.mark.parametrize("stops", [1.0, 2.5, 4.0])
def test_two_levels_are_as_far_apart_as_they_are(stops: float, lobes_of: Lobes) -> None:
    # 5 % of the region is brighter, so that its 98th percentile is, and its median is not.
    linear = torch.full((3, 100, 100), 0.05)
    linear[:, :5] *= 2**stops
    expected = math.log2((0.05 * 2**stops + 0.001) / 0.051)
    lobes = lobes_of(linear, torch.ones(100, 100, dtype=torch.bool))
    assert contrast(lobes) == pytest.approx(expected, abs=1e-3)


def test_it_falls_as_the_surface_gets_rougher(ball_lobes: Lobes) -> None:
    read = [contrast(ball_lobes(Material(GOLD.colour, True, rough))) for rough in (0.25, 0.4, 0.55, 0.8)]
    assert all(a > b for a, b in pairwise(read))


def test_exposure_leaves_it(ball_lobes: Lobes) -> None:
    assert contrast(ball_lobes(GOLD)) == pytest.approx(contrast(ball_lobes(GOLD, exposure=0.05)), abs=0.15)


def test_gold_is_plausible_metal_and_ceramic_is_not(ball_lobes: Lobes) -> None:
    gold, ceramic = (float(metal_plausibility(ball_lobes(m)).value[0]) for m in (GOLD, MATTE_CERAMIC))
    assert gold > 0.6 and ceramic < 0.25
