"""horizon_line of floors that are lighter than the wall by a known step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from backdrops import Faults

from lightmeter.measure.background.horizon_line import horizon_line

Walls = Callable[..., Any]


def read(wall: Any) -> float:
    return float(horizon_line(wall.edge).value)


@pytest.mark.parametrize("step", [2.0, 5.0, 15.0])
@pytest.mark.parametrize(("at", "tilt"), [(0.7, 0.0), (0.5, 7.0), (0.6, -12.5)])
def test_a_floor_is_its_step(wall_of: Walls, step: float, at: float, tilt: float) -> None:
    # deltaE00 of greys: dL / S_L with S_L = 1 + 0.015 (L' - 50)^2 / sqrt(20 + (L' - 50)^2), L* 61.65 up.
    bulge = (61.65 + step / 2 - 50) ** 2
    expected = step / (1 + 0.015 * bulge / (20 + bulge) ** 0.5)
    found = read(wall_of(Faults(horizon=step, horizon_at=at, horizon_tilt=tilt)))
    assert found == pytest.approx(expected, rel=0.1, abs=0.1)


def test_a_cyclorama_has_none(wall_of: Walls) -> None:
    assert read(wall_of(Faults(gradient=2.0, gradient_angle=120.0))) < 0.1
    assert read(wall_of(Faults(horizon=10.0, blur=0.04))) < 1.5


def test_rises_with_the_step_and_a_mirror_leaves_it(wall_of: Walls) -> None:
    found = [read(wall_of(Faults(horizon=step, horizon_tilt=5.0))) for step in (0.0, 2.0, 6.0, 12.0)]
    assert found == sorted(found)
    mirrored = read(wall_of(Faults(horizon=12.0, horizon_tilt=5.0), mirrored=True))
    assert mirrored == pytest.approx(found[-1], abs=0.3)


@pytest.mark.parametrize(
    "fault", [{"texture": 4.0}, {"stray": 4}, {"contact_shadow": 1.5}, {"halo": 1.5}], ids=str
)
def test_other_faults_are_no_horizon(wall_of: Walls, fault: dict[str, float]) -> None:
    assert read(wall_of(Faults(**fault))) < 3


def test_steps_of_a_ramp_are_no_horizon(wall_of: Walls) -> None:
    assert read(wall_of(Faults(gradient=2.0, gradient_angle=90.0, banding=4.0))) < 1.0


def test_a_line_along_the_sides_of_stray_boxes_is_no_horizon(wall_of: Walls) -> None:
    # Boxes of 22 L* one above another: a line along them has their step on half its way, and none between.
    assert read(wall_of(Faults(stray=3))) < 1.0


def test_not_measured_without_a_background(no_wall: Any) -> None:
    result = horizon_line(no_wall.edge)
    assert result.reasons() == ["the picture is transparent: there is no backdrop"]
