"""shadow_gradient on faces whose log luminance is a plane."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.shadow_gradient import shadow_gradient, towards_the_light
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


def test_a_tenth_in_deep_shadow_pulls_less_than_its_size(facets_of: Build, places: Tensor) -> None:
    # A lock of hair 4.3 stops under its skin, at the right. By least squares it alone would tilt the plane
    # by 12 x 4.3 x (0.1 x 0.45) = 2.3 stops per face width.
    bright = plane(places, 2)
    bright[places[:, 0] > places[:, 0].quantile(0.9)] *= 0.05
    assert gradient(facets_of(bright, centre=places, width=WIDTH)) == pytest.approx(2, abs=0.25)


def test_a_face_split_by_shadow_is_tilted(facets_of: Build, places: Tensor) -> None:
    # 3 stops across the middle: the least squares line through a step of height h is 3/2 h per width. Though
    # only four in ten lie in shadow, they are not taken for an occluder.
    step = torch.where(places[:, 0] < 348, 0.0, 3.0)
    grain = 0.1 * torch.randn(600, generator=torch.Generator().manual_seed(5))
    found = gradient(facets_of(torch.exp2(grain - step), centre=places, width=WIDTH))
    assert 3 < found < 5.5


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


@pytest.mark.parametrize("turn", [0, 90, 37, -140])
def test_the_arrow_points_to_the_light(facets_of: Build, places: Tensor, turn: float) -> None:
    marks = towards_the_light(facets_of(plane(places, 2, turn), centre=places, width=WIDTH))
    tail, tip = marks.arrows["towards the light"][0, 0, :4].reshape(2, 2)
    # Luminance falls along `turn`, so the light is opposite; half a face width is 40 px.
    there = -torch.tensor([math.cos(math.radians(turn)), math.sin(math.radians(turn))])
    torch.testing.assert_close(tip - tail, 40 * there, atol=0.1, rtol=0)
    torch.testing.assert_close((tip + tail) / 2, places.mean(0), atol=0.1, rtol=0)
