"""key_elevation: signs and refusals; how exact the fit is, tests/optics/test_shading.py says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from lightmeter.measure.light.key_elevation import key_elevation
from lightmeter.measure.light.key_light import key_light
from lightmeter.see.facets import Facets

Lit = Callable[..., Facets]


@pytest.mark.parametrize("elevation", [-20, 0, 20, 40, 60])
def test_known_elevation(lit: Lit, elevation: float) -> None:
    assert float(key_elevation(key_light(lit(-45, elevation, 2))).value) == pytest.approx(elevation, abs=5)


def test_follows_the_light_upwards(lit: Lit) -> None:
    found = [float(key_elevation(key_light(lit(35, each, 2))).value) for each in (-40, -20, 0, 20, 40, 60)]
    assert found == sorted(found)


def test_a_mirror_and_an_exposure_leave_it(lit: Lit) -> None:
    facets = lit(-45, 30, 2)
    mirrored = replace(facets, normal=facets.normal * torch.tensor([-1.0, 1.0, 1.0]))
    darker = replace(facets, linear=facets.linear / 4)
    expected = float(key_elevation(key_light(facets)).value)
    for changed in (mirrored, darker):
        assert float(key_elevation(key_light(changed)).value) == pytest.approx(expected, abs=0.1)


def test_upside_down_light_is_negative(lit: Lit) -> None:
    facets = lit(30, 40, 2)
    flipped = replace(facets, normal=facets.normal * torch.tensor([1.0, -1.0, 1.0]))
    assert float(key_elevation(key_light(flipped)).value) == pytest.approx(-40, abs=5)


def test_not_measured_without_a_face(no_facets: Facets) -> None:
    assert key_elevation(key_light(no_facets)).reasons() == ["no face"]
