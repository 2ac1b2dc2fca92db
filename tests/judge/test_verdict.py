from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightmeter.judge.model import Criterion, Rubric
from lightmeter.judge.verdict import NOT_IN_RUN, judge
from lightmeter.measure.records import ImageRecord, Reading, Wanted

NAMES = ("a", "b", "c", "d")


def criterion(measure="skin_texture", **fields) -> Criterion:
    return Criterion(measure=measure, pass_=(2, 6), warn=(1, 8), why="w", **fields)


def judged(values, criteria, known, rubric_of, status="measured", reason=""):
    """One image; each criterion asks a measurement of its own name."""
    image = ImageRecord("i", "i", status, reason=reason)
    readings = [
        Reading("i", Wanted(n), "%", v, "" if v is not None else "no face") for n, v in values.items()
    ]
    return judge([image], readings, rubric_of(criteria), {}, known)


def test_verdicts_and_score_of_one_image(known, rubric_of):
    # Desirabilities 1, 0.75 (half a margin below), 0.5 at the warn edge; weights 1, 1, 2:
    # (1 * 0.75 * 0.5^2)^(1/4) = 0.1875^(1/4)
    criteria = {"a": criterion("a"), "b": criterion("b"), "c": criterion("c", weight=2)}
    run = judged({"a": 4, "b": 1.5, "c": 8}, criteria, known, rubric_of)
    assert [(v.criterion, v.decision, v.desirability) for v in run.verdicts] == [
        ("a", "pass", 1.0),
        ("b", "warn", 0.75),
        ("c", "warn", 0.5),
    ]
    (score,) = run.scores
    assert score.low == score.high == pytest.approx(0.1875**0.25)
    assert (score.decision, score.worst, score.unmeasured) == ("warn", "c", ())


def test_unmeasured_is_worst_in_low_and_perfect_in_high(known, rubric_of):
    # 8 is at the warn edge, d = 0.5: low (0.5 * 0.01)^(1/2), high (0.5 * 1)^(1/2)
    run = judged({"a": 8, "b": None}, {"a": criterion("a"), "b": criterion("b")}, known, rubric_of)
    (score,) = run.scores
    assert (score.low, score.high) == (pytest.approx(0.005**0.5), pytest.approx(0.5**0.5))
    assert (score.decision, score.worst, score.unmeasured) == ("unmeasured", "a", ("b",))
    assert run.verdicts[1].reading.reason == "no face"


def test_optional_unmeasured_counts_in_neither_but_is_listed(known, rubric_of):
    criteria = {"a": criterion("a"), "b": criterion("b", optional=True)}
    (score,) = judged({"a": 8, "b": None}, criteria, known, rubric_of).scores
    assert score.low == score.high == pytest.approx(0.5)
    assert (score.decision, score.worst, score.unmeasured) == ("warn", "a", ("b",))


@pytest.mark.parametrize(
    ("a", "b", "decision"),
    [
        (4, 4, "pass"),
        (4, 8, "warn"),
        (4, None, "unmeasured"),
        (8, None, "unmeasured"),
        (9, None, "fail"),
        (9, 8, "fail"),
        (None, None, "unmeasured"),
    ],
)
def test_decision_of_an_image(a, b, decision, known, rubric_of):
    run = judged({"a": a, "b": b}, {"a": criterion("a"), "b": criterion("b")}, known, rubric_of)
    assert run.scores[0].decision == decision


def test_nothing_measured_is_never_a_pass(known, rubric_of):
    (score,) = judged({"a": None}, {"a": criterion("a", optional=True)}, known, rubric_of).scores
    assert (score.decision, score.low, score.high, score.worst) == ("unmeasured", 0.01, 1.0, "")


def test_worst_is_the_costliest_value_then_the_heaviest_gap(known, rubric_of):
    # weight x ln d: a 1 x ln 0.5 = -0.69, b 4 x ln 0.75 = -1.15: b costs more.
    criteria = {"a": criterion("a"), "b": criterion("b", weight=4), "c": criterion("c", weight=9)}
    assert judged({"a": 8, "b": 1.5, "c": None}, criteria, known, rubric_of).scores[0].worst == "b"
    assert judged({"a": 4, "b": None, "c": None}, criteria, known, rubric_of).scores[0].worst == "c"
    assert judged({"a": 4, "b": 4, "c": 4}, criteria, known, rubric_of).scores[0].worst == ""


def test_a_refused_image_is_unmeasured_with_its_own_reason(known, rubric_of):
    criteria = {"a": criterion("a"), "b": criterion("b", optional=True)}
    run = judged({}, criteria, known, rubric_of, status="refused", reason="truncated file")
    assert {(v.decision, v.reading.reason) for v in run.verdicts} == {("unmeasured", "truncated file")}
    assert (run.scores[0].low, run.scores[0].high) == (pytest.approx(0.01), 1.0)


def test_a_file_that_never_was_an_image_gets_no_verdict(known, rubric_of):
    run = judged({}, {"a": criterion("a")}, known, rubric_of, status="skipped", reason="not an image")
    assert (run.verdicts, run.scores, run.variants, run.totals) == ((), (), (), ())
    assert len(run.images) == 1


def test_a_parameter_that_nobody_gave_is_the_reason(known, rubric_of):
    run = judged({}, {"c": criterion("chroma_purity", optional=True)}, known, rubric_of)
    reading = run.verdicts[0].reading
    assert (reading.reason, reading.unit) == (
        "no key_colour was asked for: give --with key_colour=...",
        "ratio",
    )


def test_a_reading_that_is_absent_or_not_finite_is_unmeasured(known, rubric_of):
    criteria = {"a": criterion("a"), "p": criterion("skin_texture")}
    run = judged({"a": float("nan")}, criteria, known, rubric_of)
    assert [(v.decision, v.reading.reason) for v in run.verdicts] == [("unmeasured", NOT_IN_RUN)] * 2


def test_readings_are_matched_by_their_parameters(known):
    asked = {"measure": "chroma_purity", "pass": (0.9, 1), "why": "w"}
    pink, green = {"key_colour": "#ff0080"}, {"key_colour": "#00ff00"}
    criteria = {"pink": {**asked, "with": pink}, "green": {**asked, "with": green}}
    rubric = Rubric(name="r", title="t", source="s", criteria=criteria)
    readings = [
        Reading("i", Wanted.of("chroma_purity", green), "ratio", 0.1, ""),
        Reading("i", Wanted.of("chroma_purity", pink), "ratio", 0.95, ""),
    ]
    run = judge([ImageRecord("i", "i", "measured")], readings, rubric, {}, known)
    assert [(v.criterion, v.decision) for v in run.verdicts] == [("pink", "pass"), ("green", "fail")]


def test_without_a_rubric_the_run_is_its_readings():
    reading = Reading("i", Wanted("a"), "%", 1.0, "")
    run = judge([ImageRecord("i", "i", "measured")], [reading], None, {"device": "cpu"})
    assert (run.readings, run.verdicts, run.scores, run.variants) == ((reading,), (), (), ())
    with pytest.raises(KeyError):
        run.criterion("a")


def test_the_run_gives_its_criteria(known, rubric_of):
    run = judged({"a": 4}, {"a": criterion("a")}, known, rubric_of)
    assert run.criterion("a").pass_ == (2, 6)


value = st.none() | st.floats(-50, 50)
weight = st.floats(0.05, 20)
world = st.dictionaries(st.sampled_from(NAMES), st.tuples(value, weight, st.booleans()), min_size=1)


def scored(drawn, known, rubric_of):
    criteria = {n: criterion(n, weight=w, optional=optional) for n, (_, w, optional) in drawn.items()}
    return judged({n: v for n, (v, _, _) in drawn.items()}, criteria, known, rubric_of).scores[0]


@settings(deadline=None)
@given(drawn=world)
def test_low_is_not_above_high(drawn, known, rubric_of):
    score = scored(drawn, known, rubric_of)
    assert 0.01 - 1e-12 <= score.low <= score.high <= 1
    required_measured = all(v is not None for v, _, optional in drawn.values() if not optional)
    if required_measured and any(v is not None for v, _, _ in drawn.values()):
        assert score.low == score.high


@settings(deadline=None)
@given(drawn=world, order=st.randoms())
def test_the_order_of_criteria_changes_nothing(drawn, order, known, rubric_of):
    names = list(drawn)
    order.shuffle(names)
    one, other = scored(drawn, known, rubric_of), scored({n: drawn[n] for n in names}, known, rubric_of)
    assert (one.decision, one.low, one.high, one.worst) == (
        other.decision,
        other.low,
        other.high,
        other.worst,
    )
    assert set(one.unmeasured) == set(other.unmeasured)


@settings(deadline=None)
@given(drawn=world, heavy=weight, optional=st.booleans())
def test_an_unmeasured_criterion_never_raises_low(drawn, heavy, optional, known, rubric_of):
    more = {**drawn, "new": (None, heavy, optional)}
    assert scored(more, known, rubric_of).low <= scored(drawn, known, rubric_of).low + 1e-12


@settings(deadline=None)
@given(values=st.lists(value, min_size=1, max_size=5), order=st.randoms())
def test_the_order_of_images_changes_nothing(values, order, known, rubric_of):
    images = [ImageRecord(str(i), "p", "measured", variant=f"v{i % 2}") for i in range(len(values))]
    readings = [
        Reading(str(i), Wanted("a"), "%", v, "" if v is not None else "r") for i, v in enumerate(values)
    ]
    rubric = rubric_of({"a": criterion("a")})
    run = judge(images, readings, rubric, {}, known)
    order.shuffle(images)
    order.shuffle(readings)
    other = judge(images, readings, rubric, {}, known)
    assert set(other.scores) == set(run.scores)
    assert other.variants == run.variants
    assert [t.pass_share for t in other.totals] == [t.pass_share for t in run.totals]
    assert [t.mean_low for t in other.totals] == [t.mean_low for t in run.totals]
