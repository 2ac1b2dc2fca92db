"""background_gradient_angle of ramps laid at known angles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from backdrops import Faults

from lightmeter.measure.background.background_gradient_angle import background_gradient_angle

Walls = Callable[..., Any]


def read(wall: Any) -> float:
    return float(background_gradient_angle(wall.fall_off).value)


@pytest.mark.parametrize("angle", [-60.0, 0.0, 45.0, 90.0, 135.0, 180.0, 225.0])
@pytest.mark.parametrize("stops", [1.0, 2.0])
def test_a_ramp_is_its_angle(wall_of: Walls, angle: float, stops: float) -> None:
    assert read(wall_of(Faults(gradient=stops, gradient_angle=angle))) == pytest.approx(angle, abs=3)


def test_a_mirror_takes_it_from_180(wall_of: Walls) -> None:
    faults = Faults(gradient=1.5, gradient_angle=30.0)
    expected = 180 - read(wall_of(faults))
    assert read(wall_of(faults, mirrored=True)) == pytest.approx(expected, abs=0.5)


def test_exposure_leaves_it(wall_of: Walls) -> None:
    faults = Faults(gradient=1.5, gradient_angle=30.0)
    assert read(wall_of(faults, exposure=0.4)) == pytest.approx(read(wall_of(faults)), abs=1)


def test_other_faults_do_not_turn_it(wall_of: Walls) -> None:
    found = read(wall_of(Faults(gradient=1.0, gradient_angle=180.0, horizon=10.0, texture=2.0, stray=2)))
    assert found == pytest.approx(180, abs=10)


def test_an_even_wall_has_no_direction(wall_of: Walls) -> None:
    result = background_gradient_angle(wall_of(Faults(gradient=0.1)).fall_off)
    assert "a direction needs 0.25" in result.reasons()[0]


def test_not_measured_without_a_background(no_wall: Any) -> None:
    result = background_gradient_angle(no_wall.fall_off)
    assert result.reasons() == ["the picture is transparent: there is no backdrop"]
