from __future__ import annotations

import re

from lightmeter.report.scales import Scale
from lightmeter.report.strips import across, bars, dots, marks

AXIS = Scale(0.0, 10.0, (2.0, 4.0), (1.0, 6.0))


def places(path: str) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h0", path)]


def test_dots_lie_where_their_values_are() -> None:
    assert dots(AXIS, [(5.0, "warn"), (2.5, "pass")]) == [("pass", "M248 46h0"), ("warn", "M500 46h0")]


def test_equal_values_do_not_hide_each_other() -> None:
    ((_, path),) = dots(AXIS, [(3.0, "pass")] * 4)
    assert len(set(places(path))) == 4


def test_the_order_of_the_images_does_not_matter() -> None:
    values = [(v / 7, "pass" if v % 2 else "fail") for v in range(50)]
    assert dots(AXIS, values) == dots(AXIS, values[::-1])  # type: ignore[arg-type]


def test_many_values_are_a_histogram() -> None:
    values = [(v / 1000, "pass") for v in range(10_000)]
    ((kind, path),) = marks(AXIS, values)  # type: ignore[arg-type]
    assert kind == "bars pass"
    assert path.count("M") == 50


def test_columns_are_stacked_and_scaled_to_the_highest() -> None:
    found = dict(bars(AXIS, [(1.0, "pass")] * 3 + [(1.0, "fail")] + [(9.0, "fail")] * 2))
    assert found == {"pass": "M110 63.0V0.0", "fail": "M110 84.0V63.0M910 84.0V42.0"}


def test_bands_are_in_strip_coordinates() -> None:
    assert across(AXIS, AXIS.pass_) == (200.0, 400.0)
