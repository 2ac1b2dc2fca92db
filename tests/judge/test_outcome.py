from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightmeter.judge.model import Criterion
from lightmeter.judge.outcome import outcome
from lightmeter.judge.verdict import judge
from lightmeter.measure.records import ImageRecord, Reading, Wanted

# pass [2, 6], warn [1, 8]
PASS, WARN, FAIL = 4.0, 8.0, 9.0


def run_of(rows, known, rubric_of, skipped=0, judged=True):
    """`rows`: one dict from measurement to value for each image; None in place of a dict: refused."""
    images = [
        ImageRecord(
            str(i), "p", "measured" if row is not None else "refused", reason="" if row else "truncated file"
        )
        for i, row in enumerate(rows)
    ]
    images += [ImageRecord(f"s{i}", "p", "skipped", reason="not an image") for i in range(skipped)]
    readings = [
        Reading(str(i), Wanted(name), "%", value, "" if value is not None else "no face")
        for i, row in enumerate(rows)
        for name, value in (row or {}).items()
    ]
    names = sorted({name for row in rows for name in (row or {})}) or ["pores"]
    criteria = {name: Criterion(measure=name, pass_=(2, 6), warn=(1, 8), why="w") for name in names}
    return judge(images, readings, rubric_of(criteria) if judged else None, {}, known)


@pytest.mark.parametrize(
    ("values", "decision", "loose", "strict"),
    [
        ([PASS, PASS], "pass", 0, 0),
        ([PASS, WARN], "warn", 0, 0),
        ([PASS, None], "unmeasured", 0, 2),
        ([PASS, FAIL], "fail", 0, 1),
        ([FAIL, None], "fail", 0, 1),
        ([None, None], "unmeasured", 2, 2),
        ([], "unmeasured", 2, 2),
    ],
)
def test_decision_and_exit_codes(values, decision, loose, strict, known, rubric_of):
    run = run_of([{"pores": value} for value in values], known, rubric_of)
    assert (outcome(run, False).decision, outcome(run, False).exit_code) == (decision, loose)
    assert (outcome(run, True).decision, outcome(run, True).exit_code) == (decision, strict)


def test_a_refused_image_is_unmeasured_under_strict(known, rubric_of):
    run = run_of([{"pores": PASS}, None], known, rubric_of)
    assert (outcome(run, True).exit_code, outcome(run, False).exit_code) == (2, 0)


def test_headline_of_a_mixed_run(known, rubric_of):
    # 12 images: 3 pass, 7 fail (6 of them pores, 1 light alone), 2 unmeasured
    good = {"light": PASS, "pores": PASS}
    rows = (
        [good] * 3
        + [{**good, "pores": FAIL}] * 6
        + [{**good, "light": FAIL}]
        + [{**good, "pores": None}, None]
    )
    assert outcome(run_of(rows, known, rubric_of), False).headline == (
        "3 of 12 images pass; 7 fail, mostly pores (6); 2 could not be measured"
    )


@pytest.mark.parametrize(
    ("rows", "skipped", "headline"),
    [
        ([{"pores": PASS}], 0, "1 of 1 image passes"),
        ([{"pores": FAIL, "light": FAIL}], 0, "0 of 1 image pass; 1 fails, on light, pores"),
        ([{"pores": FAIL}] * 2, 1, "0 of 2 images pass; 2 fail, all on pores; 1 file skipped"),
        ([{"pores": PASS}, {"pores": WARN}], 0, "1 of 2 images passes; 1 only warns"),
        ([{"pores": None}], 0, "none of 1 image could be measured, mostly: no face"),
        ([None, None], 0, "none of 2 images could be measured, mostly: truncated file"),
        ([], 2, "no images to measure; 2 files skipped"),
        ([], 0, "no images to measure"),
    ],
)
def test_headlines(rows, skipped, headline, known, rubric_of):
    assert outcome(run_of(rows, known, rubric_of, skipped), False).headline == headline


@pytest.mark.parametrize(
    ("rows", "decision", "strict", "headline"),
    [
        ([{"pores": 1e6}], "pass", 0, "1 of 1 image measured"),
        ([{"pores": 1.0}, None], "unmeasured", 2, "1 of 2 images measured; 1 could not be read"),
        ([{"pores": 1.0}, {"pores": None}], "pass", 0, "1 of 2 images measured"),
        ([{"pores": None}], "unmeasured", 2, "none of 1 image could be measured, mostly: no face"),
    ],
)
def test_without_a_rubric(rows, decision, strict, headline, known, rubric_of):
    result = outcome(run_of(rows, known, rubric_of, judged=False), True)
    assert (result.decision, result.exit_code, result.headline) == (decision, strict, headline)


rows = st.lists(
    st.none() | st.fixed_dictionaries({n: st.none() | st.sampled_from([PASS, WARN, FAIL]) for n in "ab"}),
    max_size=6,
)


@settings(deadline=None)
@given(rows=rows, judged=st.booleans())
def test_decision_and_exit_code_never_disagree(rows, judged, known, rubric_of):
    run = run_of(rows, known, rubric_of, judged=judged)
    loose, strict = outcome(run, False), outcome(run, True)
    assert (loose.decision, loose.headline) == (strict.decision, strict.headline)
    assert strict.exit_code == {"pass": 0, "warn": 0, "fail": 1, "unmeasured": 2}[strict.decision]
    measured = any(reading.value is not None for reading in run.readings)
    assert loose.exit_code == (0 if measured else 2)
    assert (strict.decision == "fail") == any(v.decision == "fail" for v in run.verdicts)
