from __future__ import annotations

import numpy as np
import pytest

from lightmeter.compare.circle import PERIODS, mean_angle, unrolled, wrapped
from lightmeter.measure.registry import measurements


def test_every_measurement_on_a_circle_is_known() -> None:
    """A new angle that goes all the way round must be named in PERIODS, or its differences are nonsense."""
    round_ = {name for name, m in measurements().items() if m.unit == "deg" and m.bounds == (-180.0, 180.0)}
    assert round_ <= {name for name, period in PERIODS.items() if period == 360.0}


def test_differences_go_the_short_way() -> None:
    assert wrapped(np.array([350.0, -350.0, 10.0]), 360.0) == pytest.approx([-10.0, 10.0, 10.0])
    assert wrapped(np.array([100.0]), 180.0) == pytest.approx([-80.0])


def test_mean_across_the_seam() -> None:
    assert abs(mean_angle(np.array([170.0, -170.0]), 360.0)) == pytest.approx(180.0)
    assert abs(mean_angle(np.array([-85.0, 85.0]), 180.0)) == pytest.approx(90.0)


@pytest.mark.parametrize("turn", [0.0, 77.0, 180.0, -133.0])
def test_spread_does_not_depend_on_the_zero(turn: float) -> None:
    angles = np.array([-20.0, -5.0, 3.0, 30.0])
    turned = wrapped(angles + turn, 360.0)
    assert unrolled(turned, 360.0).std() == pytest.approx(angles.std())
