from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightmeter.judge.desirability import FLOOR, combined, decide, desirability
from lightmeter.judge.model import Criterion


def asked(pass_, warn=None) -> Criterion:
    return Criterion(measure="skin_texture", pass_=pass_, warn=warn, why="w")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # pass [2, 6], warn [1, 8]: margins 1 below and 2 above.
        (2.0, 1.0),
        (6.0, 1.0),
        (4.0, 1.0),
        (1.5, 0.75),  # half a margin out
        (1.0, 0.5),  # at the warn edge
        (7.0, 0.75),
        (8.0, 0.5),
        (0.0, 0.01 + 0.49 / math.e),  # one margin beyond the warn edge
        (10.0, 0.01 + 0.49 / math.e),
        (1000.0, 0.01),  # 496 margins beyond: the floor, to the last bit
    ],
)
def test_known_desirabilities(value, expected):
    assert desirability(value, asked((2, 6), (1, 8))) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("pass_", "warn", "value", "expected"),
    [
        ((2, 6), None, 1.0, 0.5),  # a quarter of the width 4 is 1
        ((2, None), None, 1.5, 0.5),  # a quarter of the edge 2 is 0.5
        ((None, -8), None, -6.0, 0.5),  # of the edge's size: a quarter of 8
        ((0, None), None, -1.0, 0.5),  # neither width nor size: one unit
        ((3, 3), None, 3.75, 0.5),  # a point has no width: a quarter of its edge
        ((2, 6), (2, 8), 1.0, 0.5),  # warn adds nothing below: as without it
        ((2, 6), (None, 8), 1.0, 0.5),  # open below: a quarter of the width
    ],
)
def test_margins_without_a_warn_edge(pass_, warn, value, expected):
    assert desirability(value, asked(pass_, warn)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "decision"),
    [(2, "pass"), (6, "pass"), (1.999, "warn"), (1, "warn"), (0.999, "fail"), (8, "warn"), (8.001, "fail")],
)
def test_ends_belong_to_their_interval(value, decision):
    assert decide(value, asked((2, 6), (1, 8))) == decision


def test_an_open_warn_side_never_fails():
    assert decide(-1e9, asked((2, 6), (None, 8))) == "warn"
    assert decide(1.9, asked((2, 6))) == "fail"


# Far out, exp(1 - x) falls below what a double next to 0.01 can tell apart, so distances stop at 30 margins.
edges = st.floats(-100, 100)
widths = st.floats(0.1, 50)


@settings(deadline=None)
@given(low=edges, width=widths, margin=widths, x=st.floats(1e-6, 20), step=st.floats(1e-3, 10))
def test_strictly_monotone_outside_pass(low, width, margin, x, step):
    high = low + width
    criterion = asked((low, high), (low - margin, high + margin))
    near, far = x * margin, (x + step) * margin
    assert 1 > desirability(low - near, criterion) > desirability(low - far, criterion) > FLOOR
    assert 1 > desirability(high + near, criterion) > desirability(high + far, criterion) > FLOOR


@settings(deadline=None)
@given(low=edges, width=widths, value=st.floats(-1e6, 1e6), with_warn=st.booleans())
def test_range_and_agreement_with_the_decision(low, width, value, with_warn):
    warn = (low - width, low + 2 * width) if with_warn else None
    criterion = asked((low, low + width), warn)
    d = desirability(value, criterion)
    assert FLOOR <= d <= 1
    assert (decide(value, criterion) == "pass") <= (d == 1)
    if with_warn and decide(value, criterion) == "fail":
        assert d < 0.5 + 1e-9


def test_geometric_mean_of_known_numbers():
    # (0.25^1 * 1^1)^(1/2) = 0.5; weight 3 against 1: (0.0625^3 * 1)^(1/4) = 2^-3
    assert combined([(0.25, 1), (1, 1)]) == pytest.approx(0.5, rel=1e-15)
    assert combined([(0.0625, 3), (1, 1)]) == pytest.approx(0.125, rel=1e-15)


pairs = st.lists(st.tuples(st.floats(FLOOR, 1), st.floats(0.01, 100)), min_size=1, max_size=12)


@settings(deadline=None)
@given(weighted=pairs, order=st.randoms())
def test_the_mean_does_not_depend_on_the_order(weighted, order):
    shuffled = list(weighted)
    order.shuffle(shuffled)
    assert combined(shuffled) == combined(weighted)
