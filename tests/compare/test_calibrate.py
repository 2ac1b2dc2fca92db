from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lightmeter.compare.calibrate import calibrated
from lightmeter.errors import LightmeterError
from lightmeter.judge.model import Criterion, Rubric
from lightmeter.judge.rubric import load_rubric
from lightmeter.judge.run import Run
from lightmeter.judge.verdict import judge
from lightmeter.measure.records import ImageRecord, Reading, Wanted
from lightmeter.report.calibrated import rubric_text

RUBRIC = Rubric(
    name="r",
    title="t",
    source="s",
    criteria={
        "pores": Criterion(measure="skin_texture", pass_=(0.8, 4.5), warn=(0.5, 7.0), weight=2.0, why="'w'"),
        "tone: x": Criterion(measure="saturation", pass_=(None, 0.4), why="'w'"),
    },
)


def run_of(pores: list[float | None], tone: list[float]) -> Run:
    names = [f"{i}.png" for i in range(len(pores))]
    readings = [
        Reading(name, Wanted.of(measurement), "%", value, "" if value is not None else "no face")
        for measurement, values in (("skin_texture", pores), ("saturation", tone))
        for name, value in zip(names, values, strict=True)
    ]
    return judge([ImageRecord(name, name, "measured") for name in names], readings, RUBRIC, {})


GOOD = run_of([1.0, 1.2, 1.4, 1.6, 1.8, None], [0.1, 0.3, 0.2, 0.1, 0.3, 0.2])
BAD = run_of([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.1, 0.3, 0.2, 0.1, 0.3, 0.2])


def test_a_criterion_that_tells_them_apart_gets_thresholds() -> None:
    found = calibrated(RUBRIC, GOOD, BAD).findings[0]
    assert (found.good, found.bad) == (5, 6)
    # Midway between the greatest bad, 0.6, and the least good, 1.0; the other end is the rubric's own.
    assert found.criterion.pass_ == (0.8, 4.5)
    # No good image lies outside, so nothing is only tolerated below; above, the rubric's own.
    assert found.criterion.warn == (0.8, 7.0)
    assert found.right == 1.0


def test_one_that_does_not_stays_as_it_was() -> None:
    found = calibrated(RUBRIC, GOOD, BAD).findings[1]
    assert not found.told_apart
    assert found.criterion == RUBRIC.criteria["tone: x"]
    assert found.separation is not None
    assert found.separation.auc == 0.5


def test_where_less_is_better_the_upper_end_moves() -> None:
    found = calibrated(RUBRIC, BAD, GOOD).findings[0]
    assert found.criterion.pass_ == (None, 0.8), "the rubric's lower end, 0.8, would leave nothing"


def test_thresholds_follow_the_values() -> None:
    higher = run_of([2.0, 2.2, 2.4, 2.6, 2.8, 3.0], [0.1] * 6)
    low = [calibrated(RUBRIC, good, BAD).findings[0].criterion.pass_[0] for good in (GOOD, higher)]
    assert low == [0.8, 1.3]


def test_too_few_images_are_refused_with_how_many_are_needed() -> None:
    few = run_of([1.0, 1.2, 1.4], [0.1, 0.3, 0.2])
    with pytest.raises(
        LightmeterError, match=r"3 good and 6 bad images are too few: with 2 criteria.* 5 of each"
    ):
        calibrated(RUBRIC, few, BAD)


def test_too_few_measured_are_not_told_apart() -> None:
    unseen = run_of([1.0, None, None, None, None, 1.4], [0.1, 0.3, 0.2, 0.1, 0.3, 0.2])
    found = calibrated(RUBRIC, unseen, BAD).findings[0]
    assert (found.separation, found.told_apart) == (None, False)


def test_the_file_is_a_rubric_with_its_evidence(tmp_path: Path) -> None:
    out = tmp_path / "mine.yaml"
    text = rubric_text(calibrated(RUBRIC, GOOD, BAD), "hyperreal-character", out)
    out.write_text(text, encoding="utf-8")
    found = load_rubric(out)
    assert found.criteria["pores"].pass_ == (0.8, 4.5)
    assert found.criteria["pores"].weight == 2.0
    assert "# evidence: AUC 1.000 (0." in text
    assert "5 good, 6 bad, p 0.0087; right on 100 % of those left out" in text
    assert "do not tell: tone: x" in text


def test_the_file_extends_a_file_beside_it(tmp_path: Path) -> None:
    text = rubric_text(calibrated(RUBRIC, GOOD, BAD), tmp_path / "base.yaml", tmp_path / "sub" / "mine.yaml")
    assert "extends: ../base.yaml" in text


def test_chance_is_not_evidence() -> None:
    rng = np.random.default_rng(3)
    told = 0
    for _ in range(100):
        good, bad = (run_of(list(rng.normal(1, 0.2, 12)), list(rng.normal(0.2, 0.02, 12))) for _ in range(2))
        told += any(f.told_apart for f in calibrated(RUBRIC, good, bad).findings)
    assert told <= 10, "5 of 100 at the stated level"
