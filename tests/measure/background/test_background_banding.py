"""background_banding of ramps in steps of known height."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from backdrops import Faults

from lightmeter.measure.background.background_banding import background_banding

Walls = Callable[..., Any]


def read(wall: Any) -> float:
    return float(background_banding(wall.fine, wall.fall_off, wall.clutter).value)


def test_a_smooth_ramp_has_none(wall_of: Walls) -> None:
    assert read(wall_of(Faults())) == 0
    assert read(wall_of(Faults(gradient=2.0))) < 0.1


@pytest.mark.parametrize("step", [2.0, 3.0, 4.0])
@pytest.mark.parametrize("angle", [180.0, 150.0, 100.0])
def test_steps_are_their_height(wall_of: Walls, step: float, angle: float) -> None:
    # deltaE00 is L* / 1.13 at L* 61.6 and L* / 1.0 to 1.3 over the ramp.
    found = read(wall_of(Faults(gradient=2.0, gradient_angle=angle, banding=step)))
    assert found == pytest.approx(step / 1.13, rel=0.4)


def test_rises_with_the_step_and_a_mirror_leaves_it(wall_of: Walls) -> None:
    found = [read(wall_of(Faults(gradient=2.0, banding=step))) for step in (0.0, 1.5, 3.0, 6.0)]
    assert found == sorted(found)
    mirrored = read(wall_of(Faults(gradient=2.0, banding=3.0), mirrored=True))
    assert mirrored == pytest.approx(found[2], abs=0.2)


@pytest.mark.parametrize(
    "fault",
    [{"horizon": 15.0}, {"texture": 4.0}, {"stray": 3}, {"contact_shadow": 1.5}, {"halo": 1.5}],
    ids=str,
)
def test_other_faults_are_no_banding(wall_of: Walls, fault: dict[str, float]) -> None:
    assert read(wall_of(Faults(**fault))) < 0.3


def test_not_measured_without_a_background(no_wall: Any) -> None:
    result = background_banding(no_wall.fine, no_wall.fall_off, no_wall.clutter)
    assert result.reasons() == ["the picture is transparent: there is no backdrop"]
