"""contact_shadow of shadows cast on the backdrop to the lower right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from backdrops import Faults

from lightmeter.measure.background.contact_shadow import contact_shadow

Walls = Callable[..., Any]


def read(wall: Any) -> float:
    return float(contact_shadow(wall.fall_off, wall.subject, wall.clutter).value)


def test_a_subject_far_from_the_backdrop_casts_none(wall_of: Walls) -> None:
    assert read(wall_of(Faults())) < 0.01
    assert read(wall_of(Faults(gradient=2.0))) < 0.05


@pytest.mark.parametrize("stops", [0.5, 1.0, 1.5])
def test_is_most_of_the_shadow(wall_of: Walls, stops: float) -> None:
    # The shadow's own blur, and the 1/64 beside the subject that is not sure, take up to a third.
    assert 0.6 * stops < read(wall_of(Faults(contact_shadow=stops))) <= stops


def test_rises_with_the_shadow_and_a_mirror_and_exposure_leave_it(wall_of: Walls) -> None:
    found = [read(wall_of(Faults(contact_shadow=stops))) for stops in (0.0, 0.3, 0.8, 2.0)]
    assert found == sorted(found)
    faults = Faults(contact_shadow=2.0)
    assert read(wall_of(faults, mirrored=True)) == pytest.approx(found[-1], abs=0.05)
    assert read(wall_of(faults, exposure=0.5)) == pytest.approx(found[-1], abs=0.05)


@pytest.mark.parametrize("fault", [{"horizon": 15.0}, {"texture": 4.0}, {"stray": 3}, {"halo": 1.5}], ids=str)
def test_other_faults_are_no_shadow(wall_of: Walls, fault: dict[str, float]) -> None:
    assert read(wall_of(Faults(**fault))) < 0.15


def test_before_a_place_full_of_things_their_darks_are_no_shadows(wall_of: Walls) -> None:
    wall = wall_of(Faults(contact_shadow=2.0))
    things = wall.clutter.backdrop.clone()
    things[..., : round(0.7 * things.shape[3])] = 0  # three tenths of the cells, by columns
    full = replace(wall.clutter, alpha=things)
    (reason,) = contact_shadow(wall.fall_off, wall.subject, full).reasons()
    assert reason.endswith(" % of the backdrop is things: 25 are the most")


def test_not_measured_without_a_background(no_wall: Any) -> None:
    result = contact_shadow(no_wall.fall_off, no_wall.subject, no_wall.clutter)
    assert result.reasons() == ["the picture is transparent: there is no backdrop"]
