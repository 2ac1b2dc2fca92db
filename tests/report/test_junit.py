from __future__ import annotations

from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from lightmeter.judge.outcome import outcome
from lightmeter.judge.run import Run
from lightmeter.report.junit import junit


def parsed(run: Run, strict: bool = True) -> ET.Element:
    return ET.fromstring(junit(run, outcome(run, strict)))


def test_counts_agree_with_the_verdicts(run: Run) -> None:
    root = parsed(run)
    decisions = Counter(v.decision for v in run.verdicts)
    assert int(root.attrib["tests"]) == len(run.verdicts)
    assert int(root.attrib["failures"]) == decisions["fail"]
    missing = int(root.attrib["errors"]) + int(root.attrib["skipped"])
    assert missing == decisions["unmeasured"]
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["errors"]) == len(suite.findall("testcase/error"))


def test_a_suite_per_variant(run: Run) -> None:
    assert [suite.attrib["name"] for suite in parsed(run)] == [t.variant for t in run.totals]


def test_a_missing_required_value_is_an_error_and_an_optional_one_is_skipped(run: Run) -> None:
    cases = {(c.attrib["classname"], c.attrib["name"]): c for c in parsed(run).iter("testcase")}
    required = [v for v in run.verdicts if v.decision == "unmeasured" and v.criterion == "pores"]
    assert required
    for verdict in run.verdicts:
        case = cases.get((verdict.image, verdict.criterion))
        if verdict.decision != "unmeasured" or case is None:
            continue
        refused = verdict.image.startswith("base/broken")
        optional = run.criterion(verdict.criterion).optional and not refused
        assert (case.find("skipped") is not None) == optional
        assert (case.find("error") is not None) == (not optional)


@pytest.mark.parametrize("keep", ["pass", "warn", "fail", "unmeasured"])
def test_it_is_clean_exactly_where_the_outcome_is(run: Run, keep: str) -> None:
    images = {s.image for s in run.scores if s.decision == keep}
    part = replace(
        run,
        images=tuple(i for i in run.images if i.image in images),
        verdicts=tuple(v for v in run.verdicts if v.image in images),
        scores=tuple(s for s in run.scores if s.image in images),
        readings=tuple(r for r in run.readings if r.image in images),
    )
    root, decided = parsed(part), outcome(part, strict=True)
    clean = root.attrib["failures"] == root.attrib["errors"] == "0"
    assert clean == (decided.decision in ("pass", "warn")) == (decided.exit_code == 0)


def test_a_run_without_images_is_an_error(run: Run) -> None:
    empty = replace(run, images=(), readings=(), verdicts=(), scores=(), variants=(), totals=())
    assert parsed(empty).attrib["errors"] == "1"


def test_an_image_whose_criteria_are_all_optional_and_missing_is_an_error(run: Run) -> None:
    images = run.images[:1]
    name = images[0].image
    verdicts = tuple(v for v in run.verdicts if v.image == name and v.criterion in ("gold", "key_colour"))
    scores = tuple(replace(s, decision="unmeasured") for s in run.scores if s.image == name)
    root = parsed(replace(run, images=images, verdicts=verdicts, scores=scores, readings=()))
    assert root.attrib["errors"] == "2"
    assert root.attrib["skipped"] == "0"
