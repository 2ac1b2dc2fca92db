from __future__ import annotations

import pytest
from scipy import stats

from lightmeter.judge.model import Criterion
from lightmeter.judge.variants import mean_interval
from lightmeter.judge.verdict import judge
from lightmeter.measure.records import ImageRecord, Reading, Wanted


def criterion(measure, optional=False) -> Criterion:
    return Criterion(measure=measure, pass_=(2, 6), warn=(1, 8), optional=optional, why="w")


def run_of(table, known, rubric_of, optional=()):
    """`table`: (image, variant, {measurement: value}); a criterion of its own name for each measurement."""
    names = list(table[0][2])
    images = [ImageRecord(image, image, "measured", variant=variant) for image, variant, _ in table]
    readings = [
        Reading(image, Wanted(name), "%", value, "" if value is not None else "no face")
        for image, _, values in table
        for name, value in values.items()
    ]
    criteria = {name: criterion(name, name in optional) for name in names}
    return judge(images, readings, rubric_of(criteria), {}, known)


def test_mean_and_interval_of_known_values(known, rubric_of):
    # 3, 4, 5: mean 4, s = 1, t(0.975, 2) = 4.302653: reach 4.302653 / sqrt(3) = 2.484138
    table = [("1", "A", {"x": 3.0}), ("2", "A", {"x": 4.0}), ("3", "A", {"x": 5.0}), ("4", "A", {"x": None})]
    (row,) = run_of(table, known, rubric_of).variants
    assert (row.variant, row.criterion, row.measurement, row.unit) == ("A", "x", "x", "%")
    assert (row.count, row.measured, row.mean) == (4, 3, 4.0)
    assert row.low == pytest.approx(4 - 2.484138, abs=1e-6)
    assert row.high == pytest.approx(4 + 2.484138, abs=1e-6)
    assert row.pass_share == 0.75, "an image without a value does not pass"


def test_interval_agrees_with_scipy():
    values = [1.0, 2.5, 2.0, 7.0, 3.25]
    expected = stats.t.interval(0.95, len(values) - 1, loc=stats.tmean(values), scale=stats.sem(values))
    assert mean_interval(values) == pytest.approx(expected)


@pytest.mark.parametrize("values", [[], [1.0]])
def test_no_interval_below_two(values):
    assert mean_interval(values) == (None, None)


def test_a_variant_without_values(known, rubric_of):
    (row,) = run_of([("1", "A", {"x": None})], known, rubric_of).variants
    assert (row.count, row.measured, row.mean, row.low, row.pass_share) == (1, 0, None, None, 0.0)


def test_an_optional_criterion_that_nobody_asked_for_has_no_share(known, rubric_of):
    table = [("1", "A", {"x": 4.0, "y": None}), ("2", "A", {"x": 8.0, "y": None})]
    run = run_of(table, known, rubric_of, optional={"y"})
    assert [row.pass_share for row in run.variants] == [0.5, None]
    assert run.totals[0].worst == "x"


def test_totals(known, rubric_of):
    table = [
        ("1", "B", {"x": 4.0, "y": 4.0}),  # pass, score 1
        ("2", "B", {"x": 4.0, "y": 8.0}),  # warn, score (1 * 0.5)^(1/2)
        ("3", "A", {"x": 9.0, "y": 4.0}),  # fail
        ("4", "A", {"x": 4.0, "y": None}),  # unmeasured
    ]
    a, b = run_of(table, known, rubric_of).totals
    assert (b.variant, b.images, b.passed, b.failed, b.unmeasured) == ("B", 2, 1, 0, 0)
    assert (b.pass_share, b.worst, b.worst_share) == (0.5, "y", 0.5)
    assert b.mean_low == b.mean_high == pytest.approx((1 + 0.5**0.5) / 2)
    assert (a.variant, a.passed, a.failed, a.unmeasured, a.worst) == ("A", 0, 1, 1, "x")
    assert a.mean_low < a.mean_high


def test_a_variant_that_passes_everything_has_no_worst(known, rubric_of):
    (total,) = run_of([("1", "A", {"x": 4.0})], known, rubric_of).totals
    assert (total.pass_share, total.worst, total.worst_share) == (1.0, "", None)


def test_refused_images_count_and_skipped_files_do_not(known, rubric_of):
    images = [
        ImageRecord("1", "1", "measured", variant="A"),
        ImageRecord("2", "2", "refused", variant="A", reason="truncated"),
        ImageRecord("3", "3", "skipped", variant="B", reason="not an image"),
    ]
    run = judge(
        images, [Reading("1", Wanted("x"), "%", 4.0, "")], rubric_of({"x": criterion("x")}), {}, known
    )
    assert [(row.variant, row.count, row.pass_share) for row in run.variants] == [("A", 2, 0.5)]
    assert [(t.variant, t.images, t.pass_share) for t in run.totals] == [("A", 2, 0.5)]
