"""key_azimuth: sides, signs and refusals; how exact the fit is, tests/optics/test_shading.py says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.key_azimuth import key_azimuth
from lightmeter.measure.light.key_light import key_light
from lightmeter.see.facets import Facets

Lit = Callable[..., Facets]


@pytest.mark.parametrize("azimuth", [-90, -60, -45, 45, 60, 90])
@pytest.mark.parametrize("stops", [1, 2, 4])
def test_known_azimuth(lit: Lit, azimuth: float, stops: float) -> None:
    # At 20 degrees up an error of 5 degrees in direction is 5 / cos 20 = 5.3 in azimuth.
    assert float(key_azimuth(key_light(lit(azimuth, 20, stops))).value) == pytest.approx(azimuth, abs=5.5)


def test_from_image_right_is_positive_and_from_left_negative(lit: Lit) -> None:
    right, left = (float(key_azimuth(key_light(lit(azimuth, 0, 2))).value) for azimuth in (50, -50))
    assert right > 40
    assert left < -40


def test_a_mirror_negates_it(lit: Lit) -> None:
    facets = lit(-45, 30, 2)
    mirrored = replace(facets, normal=facets.normal * torch.tensor([-1.0, 1.0, 1.0]))
    one, other = (float(key_azimuth(key_light(each)).value) for each in (facets, mirrored))
    assert one == pytest.approx(-other, abs=0.1)


def test_exposure_does_not_matter(lit: Lit) -> None:
    one, other = (key_azimuth(key_light(lit(40, 20, 2, exposure))).value for exposure in (0.4, 0.1))
    torch.testing.assert_close(one, other, atol=1e-3, rtol=0)


def test_follows_the_light_around_the_head(lit: Lit) -> None:
    found = [float(key_azimuth(key_light(lit(azimuth, 20, 2))).value) for azimuth in range(-80, 81, 20)]
    assert found == sorted(found)


def test_clipped_facets_are_left_out(lit: Lit, head: Tensor) -> None:
    # Burnt out: whatever is brighter than a third of the key reads as that third, and is flagged.
    facets = lit(-45, 30, 2)
    burnt = facets.linear[:, 0] > 0.25
    spoilt = replace(facets, linear=facets.linear.clamp(max=0.25), clipped=burnt.float())
    assert float(key_azimuth(key_light(spoilt)).value) == pytest.approx(-45, abs=12)


def test_light_without_direction_has_none(facets_of: Callable[..., Facets], head: Tensor) -> None:
    even = facets_of(torch.full((len(head),), 0.3), normal=head, skin=head[:, 2])
    result = key_azimuth(key_light(even))
    assert result.value.isnan().all()
    assert "flat light" in result.reasons()[0]


def test_the_error_grows_towards_the_zenith(lit: Lit) -> None:
    found = [key_azimuth(key_light(lit(-45, elevation, 2))).error for elevation in (0, 40, 65)]
    errors = [float(each) for each in found if each is not None]
    assert len(errors) == 3
    assert errors == sorted(errors)
    assert errors[2] > 1.5 * errors[0]


def test_not_measured_without_a_face(no_facets: Facets) -> None:
    assert key_azimuth(key_light(no_facets)).reasons() == ["no face"]
