"""The key's direction and ratio from shaded surfaces whose light is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lightmeter.optics.geometry import angles, direction
from lightmeter.optics.shading import KeyFit, fit_key

# The direction is what a large and a small fill agree on, and searched every 5 degrees: 5 degrees at worst
# where the key is a stop over the fill; half a stop. Keys within 30 degrees of the camera look much like the
# fill around it: 7 degrees. At 5 stops the fill drowns in the model's floor of 0.02 = 2^-5.6: one stop.
DIRECTIONS = [(35, 15), (-45, 30), (60, -20), (-30, 60), (90, 0), (-90, 30)]


def ellipsoid(count: int = 700) -> Tensor:
    """(F, 3) normals spread over a head-like ellipsoid (1 wide, 1.4 high, 0.8 deep), grazing ones left out.

    The normal of x^2/a^2 + y^2/b^2 + z^2/c^2 = 1 is along (x/a^2, y/b^2, z/c^2).
    """
    i = torch.arange(2 * count, dtype=torch.float64) + 0.5
    z, turn = 1 - i / count, math.pi * (1 + 5**0.5) * i
    level = (1 - z * z).sqrt()
    on_sphere = torch.stack((level * turn.cos(), level * turn.sin(), z), 1)
    normal = torch.nn.functional.normalize(on_sphere / on_sphere.new_tensor([1.0, 1.4, 0.8]), dim=1).float()
    return normal[normal[:, 2] > 0.15]


NORMAL = ellipsoid()


def key_and_fill(azimuth: float, elevation: float, stops: float, ambient: bool = False) -> Tensor:
    """(F,): Lambert's law for the key, over the model's fill or one alike from all around."""
    key = (NORMAL @ direction(torch.tensor(float(azimuth)), torch.tensor(float(elevation)))).clamp_min(0)
    fill = torch.ones(len(NORMAL)) if ambient else ((1 + NORMAL[:, 2]) / 2) ** 1.5
    return 0.3 * (key + 2.0**-stops * fill)


def fitted(luminance: Tensor, normal: Tensor = NORMAL) -> KeyFit:
    """Weighted by projected area, as facets are."""
    return fit_key(luminance[None], normal[None], normal[None, :, 2])


def degrees_off(fit: KeyFit, azimuth: float, elevation: float) -> float:
    truth = direction(torch.tensor(float(azimuth)), torch.tensor(float(elevation)))
    return float(torch.rad2deg(torch.acos((fit.direction[0] @ truth).clamp(-1, 1))))


@pytest.mark.parametrize("stops", [1, 2, 3, 5])
@pytest.mark.parametrize(("azimuth", "elevation"), DIRECTIONS)
def test_finds_a_known_key(azimuth: float, elevation: float, stops: float) -> None:
    fit = fitted(key_and_fill(azimuth, elevation, stops))
    assert degrees_off(fit, azimuth, elevation) < 5.1
    assert float(fit.stops) == pytest.approx(stops, abs=0.55 if stops < 5 else 1.01)
    assert float(fit.misfit) < float(fit.flat_misfit)


@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 0), (0, 30), (20, 10), (0, 60)])
def test_a_key_near_the_camera_is_found_less_well(azimuth: float, elevation: float) -> None:
    assert degrees_off(fitted(key_and_fill(azimuth, elevation, 2)), azimuth, elevation) < 7


def test_stops_lie_on_a_grid_where_the_light_is_without_noise() -> None:
    # Half way between two candidates either is right: the resolution is one stop, and misfits decide.
    assert float(fitted(key_and_fill(45, 30, 2.5)).stops) == pytest.approx(2.5, abs=0.51)


def test_exposure_is_a_constant() -> None:
    bright = key_and_fill(-45, 30, 2)
    one, double = fitted(bright), fitted(2 * bright)
    assert torch.equal(one.direction, double.direction)
    assert torch.equal(one.stops, double.stops)


@pytest.mark.parametrize(("azimuth", "elevation"), DIRECTIONS)
def test_a_mirror_mirrors_the_key(azimuth: float, elevation: float) -> None:
    bright = key_and_fill(azimuth, elevation, 2)
    mirrored = fitted(bright, NORMAL * torch.tensor([-1.0, 1.0, 1.0]))
    one, other = angles(fitted(bright).direction), angles(mirrored.direction)
    assert float(one[0]) == pytest.approx(-float(other[0]), abs=0.1)
    assert float(one[1]) == pytest.approx(float(other[1]), abs=0.1)


def test_the_ratio_rises_with_the_ratio() -> None:
    found = [float(fitted(key_and_fill(-45, 30, stops)).stops) for stops in (0, 1, 2, 3, 4, 5)]
    assert found == sorted(found)
    assert len({round(each, 1) for each in found}) == 6


@pytest.mark.parametrize("darkening", [0.2, 0.05])
@pytest.mark.parametrize(("azimuth", "elevation"), DIRECTIONS)
def test_cast_shadows_on_a_tenth_hardly_move_it(azimuth: float, elevation: float, darkening: float) -> None:
    bright = key_and_fill(azimuth, elevation, 2)
    shadowed = torch.rand(len(bright), generator=torch.Generator().manual_seed(8)) < 0.1
    fit = fitted(torch.where(shadowed, darkening * bright, bright))
    assert degrees_off(fit, azimuth, elevation) < 10
    assert float(fit.stops) == pytest.approx(2, abs=0.5)


def test_make_up_and_beard_hardly_move_it() -> None:
    # A tenth of the facets at half the albedo, another twentieth a third brighter, and 5 % noise on all.
    g = torch.Generator().manual_seed(9)
    bright, draw = key_and_fill(-45, 30, 2), torch.rand(len(NORMAL), generator=g)
    albedo = torch.where(draw < 0.1, 0.5, torch.where(draw > 0.95, 1.33, 1.0))
    noisy = bright * albedo * torch.exp(0.05 * torch.randn(len(NORMAL), generator=g))
    fit = fitted(noisy)
    assert degrees_off(fit, -45, 30) < 5
    assert float(fit.stops) == pytest.approx(2, abs=0.5)


@pytest.mark.parametrize(("azimuth", "elevation"), [(35, 15), (-45, 30), (60, -20), (-30, 60)])
def test_the_bias_under_a_fill_from_all_around(azimuth: float, elevation: float) -> None:
    # The model's fill stands around the camera and falls off towards the outline; one from all around does
    # not, so grazing facets look lit: the key is read up to 10 degrees off (at 3 stops: 5) and the ratio
    # up to 1.5 stops too low, never more than half a stop too high: the model's bias, not the search's.
    at_two, at_three = (fitted(key_and_fill(azimuth, elevation, stops, ambient=True)) for stops in (2, 3))
    assert degrees_off(at_two, azimuth, elevation) < 10
    assert degrees_off(at_three, azimuth, elevation) < 5
    assert 0.5 <= float(at_two.stops) <= 2.5
    assert 1.5 <= float(at_three.stops) <= 3.5


def test_fill_alone_is_a_frontal_light_that_nothing_stands_over() -> None:
    fit = fitted(key_and_fill(0, 0, -20))  # a fill a million times the key
    assert float(fit.stops) < 0.5
    assert degrees_off(fit, 0, 0) < 5


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_light_from_all_around_leaves_every_direction_open(noise: float) -> None:
    even = 0.3 * torch.exp(noise * torch.randn(len(NORMAL), generator=torch.Generator().manual_seed(1)))
    fit = fitted(even)
    assert float(fit.spread) > 60
    assert float(fit.stops) < 0.5
    assert float(fit.error) > 15


@pytest.mark.parametrize("tone", [1.6, 2.2])
@pytest.mark.parametrize(("azimuth", "elevation"), DIRECTIONS[:4])
def test_a_steep_tone_curve_keeps_the_direction(azimuth: float, elevation: float, tone: float) -> None:
    # Codes decoded once too often: E^2.2. Isophotes stay where they are, contrast doubles.
    bright = key_and_fill(azimuth, elevation, 3)
    assert degrees_off(fitted(bright**tone), azimuth, elevation) < 7


def test_a_beard_of_its_own_albedo_does_not_raise_the_key() -> None:
    below = (NORMAL[:, 1] < -0.2).float()
    shaven = key_and_fill(-45, 0, 2)
    bearded = shaven * torch.exp2(-0.6 * below)
    weight = NORMAL[None, :, 2]
    told, untold = (fit_key(bearded[None], NORMAL[None], weight, zone) for zone in (below[None], None))
    assert degrees_off(told, -45, 0) < 5
    assert degrees_off(told, -45, 0) < degrees_off(untold, -45, 0)


def test_the_error_holds_what_a_weak_key_is_off_by() -> None:
    # Below the fill a key cannot be told from it: the reading leans to the camera, and must say so.
    for stops in (2, 1, 0, -1, -2, -3, -4):
        fit = fitted(key_and_fill(-45, 30, stops))
        assert degrees_off(fit, -45, 30) < 1.645 * float(fit.error)
    firm, weak = (float(fitted(key_and_fill(-45, 30, stops)).error) for stops in (2, -2))
    assert weak > 3 * firm


def test_a_batch_does_not_mix_and_order_does_not_matter() -> None:
    bright = torch.stack([key_and_fill(-45, 30, 2), key_and_fill(60, 0, 4)])
    normal = NORMAL.expand(2, -1, -1)
    together = fit_key(bright, normal, normal[..., 2])
    for i in range(2):
        alone = fitted(bright[i])
        torch.testing.assert_close(together.direction[i : i + 1], alone.direction, atol=1e-4, rtol=0)
        torch.testing.assert_close(together.stops[i : i + 1], alone.stops, atol=1e-3, rtol=0)
    turn = torch.randperm(len(NORMAL), generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        fitted(bright[0, turn], NORMAL[turn]).direction, together.direction[:1], atol=1e-4, rtol=0
    )


def test_without_weight_nothing_is_infinite() -> None:
    fit = fit_key(torch.zeros(1, len(NORMAL)), NORMAL[None], torch.zeros(1, len(NORMAL)))
    assert torch.isfinite(fit.direction).all() or torch.isnan(fit.direction).all()
