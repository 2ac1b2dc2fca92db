"""shadow_gradient on faces whose log luminance is a plane."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.shadow_gradient import shadow_gradient
from lightmeter.see.facets import Facets

Build = Callable[..., Facets]
WIDTH = 80.0


@pytest.fixture
def places() -> Tensor:
    """(F, 2) facet centres, anywhere in the frame, over a face 80 px wide and 110 high."""
    spread = torch.rand(600, 2, generator=torch.Generator().manual_seed(1))
    return spread * torch.tensor([80.0, 110.0]) + torch.tensor([300.0, 150.0])


def plane(places: Tensor, slope: float, turn: float = 0.0) -> Tensor:
    """Luminance that falls by `slope` stops per face width along the direction `turn` in degrees."""
    along = places @ torch.tensor([math.cos(math.radians(turn)), math.sin(math.radians(turn))])
    return 0.5 * torch.exp2(-slope * (along - along.mean()) / WIDTH)


def gradient(facets: Facets) -> float:
    return float(shadow_gradient(facets).value)


@pytest.mark.parametrize("turn", [0, 90, 37, -140])
@pytest.mark.parametrize("slope", [0.0, 0.5, 2.0, 6.0])
def test_the_slope_of_a_plane(facets_of: Build, places: Tensor, slope: float, turn: float) -> None:
    found = gradient(facets_of(plane(places, slope, turn), centre=places, width=WIDTH))
    assert found == pytest.approx(slope, abs=1e-3)


def test_exposure_skin_tone_and_size_do_not_matter(facets_of: Build, places: Tensor) -> None:
    bright = plane(places, 2, 30)
    assert gradient(facets_of(0.1 * bright, centre=places, width=WIDTH)) == pytest.approx(2, abs=1e-3)
    tinted = facets_of(bright, centre=places, width=WIDTH, tint=(0.5, 0.3, 0.2))
    assert gradient(tinted) == pytest.approx(2, abs=1e-3)
    assert gradient(facets_of(bright, centre=3 * places, width=3 * WIDTH)) == pytest.approx(2, abs=1e-3)


def test_a_tenth_in_deep_shadow_hardly_tilts_it(facets_of: Build, places: Tensor) -> None:
    bright = plane(places, 2)
    bright[places[:, 0] > places[:, 0].quantile(0.9)] *= 0.05  # a lock of hair at the right
    assert gradient(facets_of(bright, centre=places, width=WIDTH)) == pytest.approx(2, abs=0.1)


def test_frontal_light_is_near_zero(facets_of: Build, places: Tensor) -> None:
    # Alike on both sides: the plane through a ridge is level. 600 scattered samples are so to 0.1.
    across = (places[:, 0] - places[:, 0].mean()).abs() / WIDTH
    assert gradient(facets_of(torch.exp2(-2 * across), centre=places, width=WIDTH)) < 0.15


def test_rises_with_the_slope(facets_of: Build, places: Tensor) -> None:
    noise = torch.exp2(0.2 * torch.randn(600, generator=torch.Generator().manual_seed(2)))
    found = [
        gradient(facets_of(noise * plane(places, slope, 20), centre=places, width=WIDTH))
        for slope in (0.2, 0.5, 1, 2, 4)
    ]
    assert found == sorted(found)


def test_not_measured_without_a_face(no_facets: Facets) -> None:
    result = shadow_gradient(no_facets)
    assert result.value.isnan().all(), "not 0: nothing is known"
    assert result.reasons() == ["no face"]
