"""key_fill_ratio: known ratios; how exact the fit is, tests/optics/test_shading.py says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.key_fill_ratio import key_fill_ratio
from lightmeter.measure.light.key_light import key_light
from lightmeter.see.facets import Facets

Lit = Callable[..., Facets]


@pytest.mark.parametrize("azimuth", [-60, -40, 40, 60])
@pytest.mark.parametrize("stops", [0, 1, 2, 3, 4])
def test_fill_two_stops_down_reads_two(lit: Lit, azimuth: float, stops: float) -> None:
    assert float(key_fill_ratio(key_light(lit(azimuth, 30, stops))).value) == pytest.approx(stops, abs=0.5)


def test_rises_with_the_ratio_and_stays_in_bounds(lit: Lit) -> None:
    found = [float(key_fill_ratio(key_light(lit(-45, 30, stops))).value) for stops in (0, 1, 2, 3, 4, 9)]
    assert found == sorted(found)
    assert found[0] >= 0
    assert found[-1] <= 6.1


def test_exposure_does_not_matter(lit: Lit) -> None:
    one, other = (key_fill_ratio(key_light(lit(40, 20, 2, exposure))).value for exposure in (0.4, 0.1))
    torch.testing.assert_close(one, other, atol=1e-3, rtol=0)


def test_flat_light_is_a_number_near_zero(facets_of: Callable[..., Facets], head: Tensor) -> None:
    fill = facets_of(0.3 * ((1 + head[:, 2]) / 2) ** 1.5, normal=head, skin=head[:, 2])
    result = key_fill_ratio(key_light(fill))
    assert result.reasons() == [""]
    assert float(result.value) < 0.5


def test_not_measured_without_a_face(no_facets: Facets) -> None:
    assert key_fill_ratio(key_light(no_facets)).reasons() == ["no face"]
