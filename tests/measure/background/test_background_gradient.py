"""background_gradient of backdrops whose fall-off is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from backdrops import Faults

from lightmeter.measure.background.background_gradient import background_gradient

Walls = Callable[..., Any]


def read(wall: Any) -> float:
    return float(background_gradient(wall.fall_off).value)


@pytest.mark.parametrize("stops", [0.0, 0.5, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("angle", [0.0, 90.0, 180.0, 270.0])
def test_a_ramp_is_its_stops(wall_of: Walls, stops: float, angle: float) -> None:
    # From corner to corner along its direction, of which the subject's chest hides none but the bottom: for
    # the ramps up and down, what is left and right of it still reaches the frame's lower edge.
    found = read(wall_of(Faults(gradient=stops, gradient_angle=angle)))
    assert found == pytest.approx(stops, abs=0.1)


@pytest.mark.parametrize("angle", [0.0, 45.0, 180.0])
def test_shoulders_taken_for_backdrop_do_not_bend_it(wall_of: Walls, angle: float) -> None:
    # A fifth of the frame, with a shade of its own: a fit that starts from all of it ends between the two.
    faults = Faults(gradient=3.0, gradient_angle=angle)
    assert read(wall_of(faults, missed=True)) == pytest.approx(read(wall_of(faults)), abs=0.15)


@pytest.mark.parametrize(
    "fault",
    [{"horizon": 15.0}, {"texture": 4.0}, {"stray": 3}, {"contact_shadow": 1.5}, {"halo": 1.5}],
    ids=str,
)
def test_other_faults_are_no_gradient(wall_of: Walls, fault: dict[str, float]) -> None:
    assert read(wall_of(Faults(**fault))) < 0.2
    with_ramp = read(wall_of(Faults(gradient=1.0, **fault)))
    assert with_ramp == pytest.approx(1.0, abs=0.25)


def test_exposure_and_a_mirror_leave_it(wall_of: Walls) -> None:
    faults = Faults(gradient=2.0, gradient_angle=150.0)
    expected = read(wall_of(faults))
    assert read(wall_of(faults, exposure=0.5)) == pytest.approx(expected, abs=0.05)
    assert read(wall_of(faults, mirrored=True)) == pytest.approx(expected, abs=0.01)


def test_black_has_none(wall_of: Walls) -> None:
    assert read(wall_of(Faults(gradient=3.0), exposure=0.001)) == 0


def test_not_measured_without_a_background(no_wall: Any) -> None:
    result = background_gradient(no_wall.fall_off)
    assert result.reasons() == ["the picture is transparent: there is no backdrop"]
