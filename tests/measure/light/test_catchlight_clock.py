"""catchlight_clock: hours from the top, and when there are none."""

from __future__ import annotations

import math

import pytest
import torch

from lightmeter.measure.light.catchlight_clock import catchlight_clock
from lightmeter.measure.light.eye_glints import MOST, Glints


def eyes(*places: tuple[float, float] | None, diameter: float = 40.0) -> Glints:
    """One face with a glint right and up of the centre of either iris, or none."""
    place, flux = torch.zeros(1, 2, MOST, 2), torch.zeros(1, 2, MOST)
    for eye, where in enumerate(places):
        if where is not None:
            place[0, eye, 0], flux[0, eye, 0] = torch.tensor(where), 0.1
    both = torch.ones(1, 2)
    return Glints(place, flux / 10, flux, 0.9 * both, 3 * both, diameter * both, torch.ones(1, 2, 3))


@pytest.mark.parametrize("hour", [-5, -3, -2, 0, 1, 2, 3, 5])
def test_known_hours(hour: float) -> None:
    # An hour is 30 degrees, clockwise from the top.
    turn = math.radians(30 * hour)
    where = (0.4 * math.sin(turn), 0.4 * math.cos(turn))
    assert float(catchlight_clock(eyes(where, where)).value) == pytest.approx(hour, abs=1e-3)


def test_a_mirror_negates_it() -> None:
    one = catchlight_clock(eyes((0.3, 0.2), (0.35, 0.1))).value
    other = catchlight_clock(eyes((-0.35, 0.1), (-0.3, 0.2))).value
    torch.testing.assert_close(one, -other)


def test_either_eye_will_do() -> None:
    assert float(catchlight_clock(eyes(None, (0.3, 0.0))).value) == pytest.approx(3)


def test_eyes_that_disagree_meet_halfway() -> None:
    # Convergent eyes see the lamp at +-0.1 more or less: the mean of 0.2 and 0.4 at the same height.
    found = float(catchlight_clock(eyes((0.2, 0.3), (0.4, 0.3))).value)
    assert found == pytest.approx(math.degrees(math.atan2(0.3, 0.3)) / 30, abs=1e-3)


def test_a_brighter_glint_of_one_eye_alone_is_not_the_main_one() -> None:
    # A tear on the right of one eye, twice as bright as the lamp at ten o'clock in both.
    glints = eyes((-0.35, 0.2), (-0.35, 0.2))
    glints.place[0, 0, 1], glints.flux[0, 0, 1] = torch.tensor((0.7, 0.0)), 0.2
    expected = math.degrees(math.atan2(-0.35, 0.2)) / 30
    assert float(catchlight_clock(glints).value) == pytest.approx(expected, abs=1e-3)


def test_the_further_right_the_later() -> None:
    found = [float(catchlight_clock(eyes((x, 0.3), (x, 0.3))).value) for x in (-0.4, -0.1, 0.1, 0.4)]
    assert found == sorted(found)


def test_not_measured_without_a_glint_or_at_the_centre() -> None:
    assert catchlight_clock(eyes(None, None)).reasons() == ["no catchlight"]
    assert "middle" in catchlight_clock(eyes((0.05, 0.0), (0.0, 0.05))).reasons()[0]
    assert "8 px" in catchlight_clock(eyes((0.3, 0.3), None, diameter=8.0)).reasons()[0]
