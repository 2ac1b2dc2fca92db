from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from lightmeter.judge.model import Criterion
from lightmeter.report.scales import ANY, scale

ends = st.one_of(st.none(), st.floats(-1e4, 1e4))


def criterion(
    pass_: tuple[float | None, float | None], warn: tuple[float | None, float | None] | None = None
) -> Criterion:
    return Criterion(measure="m", pass_=pass_, warn=warn, why="why")


def test_the_axis_of_an_open_interval_ends_at_round_numbers_around_the_values() -> None:
    found = scale(criterion((None, 2.0), (None, 4.0)), ANY, [0.5, 3.1, 6.2])
    assert (found.lo, found.hi) == (0.0, 6.5)
    assert found.pass_ == (0.0, 2.0)
    assert found.warn == (0.0, 4.0)


def test_the_axis_stays_within_what_is_possible() -> None:
    found = scale(criterion((0.6, None)), (0.0, 1.0), [0.99, 1.0])
    assert found.hi == 1.0
    assert found.pass_ == (0.6, 1.0)


def test_signed_quantities_keep_their_sign() -> None:
    found = scale(criterion((-65.0, -20.0)), (-180.0, 180.0), [30.0])
    assert found.lo < -65 and found.hi > 30


def test_share_is_clamped() -> None:
    found = scale(criterion((0.0, 1.0)), ANY, [])
    assert found.share(-5) == 0.0
    assert found.share(99) == 1.0


@given(ends, ends, st.lists(st.floats(-1e4, 1e4), max_size=5))
def test_every_axis_is_finite_and_holds_its_values(
    a: float | None, b: float | None, values: list[float]
) -> None:
    low, high = (a, b) if a is None or b is None or a <= b else (b, a)
    if low is None and high is None:
        high = 1.0
    found = scale(criterion((low, high)), ANY, values)
    assert math.isfinite(found.lo) and math.isfinite(found.hi) and found.lo < found.hi
    assert all(found.lo <= v <= found.hi for v in values)
    assert found.lo <= found.pass_[0] <= found.pass_[1] <= found.hi
