from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lightmeter.errors import LightmeterError
from lightmeter.judge.outcome import outcome
from lightmeter.judge.run import Run
from lightmeter.judge.verdict import judge
from lightmeter.report import write

ALL = {
    "measurements.csv", "measurements.parquet", "verdicts.csv", "variants.csv", "images.csv", "run.json",
    "summary.md", "junit.xml", "report.html",
}  # fmt: skip


def test_a_scored_run_leaves_everything_and_nothing_else(run: Run, tmp_path: Path) -> None:
    files = write(run, tmp_path / "new" / "out")
    assert {file.name for file in files} == {f.name for f in (tmp_path / "new" / "out").iterdir()} == ALL


def test_a_measured_run_leaves_its_measurements(make_run: Callable[..., Run], tmp_path: Path) -> None:
    measured = make_run(per_variant=2, pictures=False, judged=False)
    files = {file.name for file in write(measured, tmp_path)}
    assert files == {"measurements.csv", "measurements.parquet", "run.json"}


def test_two_writes_are_the_same_bytes(make_run: Callable[..., Run], tmp_path: Path) -> None:
    first = write(make_run(per_variant=3), tmp_path / "a")
    second = write(make_run(per_variant=3), tmp_path / "b")
    assert [f.read_bytes() for f in first] == [f.read_bytes() for f in second]


@pytest.mark.parametrize("strict", [False, True])
def test_run_json_holds_settings_counts_and_outcome(run: Run, tmp_path: Path, strict: bool) -> None:
    write(run, tmp_path, strict)
    record = json.loads((tmp_path / "run.json").read_text())
    decided = outcome(run, strict)
    assert (record["decision"], record["exit_code"]) == (decided.decision, decided.exit_code)
    assert record["headline"] == decided.headline
    assert record["device"] == "cpu"
    assert sum(record["counts"]["images"].values()) == len(run.scores)
    assert record["counts"]["files"] == {"measured": 24, "refused": 1, "skipped": 1}


def test_a_file_in_the_way_is_explained(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(LightmeterError, match="is a file"):
        write(run, tmp_path / "out")
    with pytest.raises(LightmeterError, match="cannot be made a folder"):
        write(run, tmp_path / "out" / "below")
    assert (tmp_path / "out").read_text() == "mine"


def test_what_cannot_be_written_is_explained_and_leaves_no_draft(run: Run, tmp_path: Path) -> None:
    (tmp_path / "measurements.csv").mkdir()
    with pytest.raises(LightmeterError, match=r"measurements\.csv cannot be written"):
        write(run, tmp_path)
    assert [f.name for f in tmp_path.iterdir()] == ["measurements.csv"]


@pytest.mark.parametrize("statuses", [("refused",), ("skipped",), ("refused", "skipped"), ()])
def test_a_run_with_nothing_measured_is_told_everywhere(
    run: Run, tmp_path: Path, statuses: tuple[str, ...]
) -> None:
    names = {i.image for i in run.images if i.status in statuses}
    nothing = judge([i for i in run.images if i.image in names], [], run.rubric, run.settings, known={})
    write(nothing, tmp_path)
    assert json.loads((tmp_path / "run.json").read_text())["exit_code"] == 2
    assert "– unmeasured" in (tmp_path / "summary.md").read_text()
    assert "<error " in (tmp_path / "junit.xml").read_text()
    assert len((tmp_path / "measurements.csv").read_text().splitlines()) >= 1 + len(names)
