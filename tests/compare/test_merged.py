from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from lightmeter.api import merge
from lightmeter.compare.merged import about, merged
from lightmeter.compare.recorded import read_run
from lightmeter.errors import SourceError
from lightmeter.report import write

HEAD = "image,variant,prompt,seed,measurement,value,error,unit,reason,parameters"


def run(folder: Path, *images: tuple[str, float], unit: str = "stop", **about: object) -> Path:
    """A recorded run with one value per image, and what its run.json tells."""
    folder.mkdir()
    rows = [f"{image},warm,a portrait,7,face_contrast,{value},,{unit},," for image, value in images]
    (folder / "measurements.csv").write_text("\n".join([HEAD, *rows]) + "\n")
    (folder / "run.json").write_text(json.dumps(about))
    return folder


def test_shards_make_the_table_of_the_whole(tmp_path: Path) -> None:
    images = [(f"{i}.png", i / 8) for i in range(6)]
    whole = write(merge([run(tmp_path / "whole", *images)]), tmp_path / "a")
    shards = [run(tmp_path / "s1", *images[:2]), run(tmp_path / "s2", *images[2:])]
    joined = write(merge(shards), tmp_path / "b")
    assert [f.name for f in joined] == ["measurements.csv", "measurements.parquet", "run.json"]
    assert [f.read_bytes() for f in joined[:2]] == [f.read_bytes() for f in whole[:2]]


def test_an_image_of_two_shards_is_one_only_where_its_values_are_equal(tmp_path: Path) -> None:
    first = run(tmp_path / "s1", ("same.png", 1.0), ("other.png", 2.0))
    second = run(tmp_path / "s2", ("same.png", 1.0), ("other.png", 3.0), ("new.png", 4.0))
    joined = merged([read_run(first), read_run(second)])
    values = {reading.image: reading.value for reading in joined.readings}
    assert values == {"same.png": 1.0, "s1/other.png": 2.0, "s2/other.png": 3.0, "new.png": 4.0}
    assert [record.image for record in joined.images] == list(values)


def test_judged_again_where_a_rubric_is_given(tmp_path: Path) -> None:
    shards = [run(tmp_path / "s1", ("a.png", 2.0)), run(tmp_path / "s2", ("b.png", 0.1))]
    rubric = tmp_path / "r.yaml"
    rubric.write_text(
        "name: r\ntitle: R\nsource: here\ncriteria:\n"
        "  form: {measure: face_contrast, pass: [1, 4], why: 'flat light'}\n"
    )
    judged = merge(shards, rubric)
    assert [verdict.decision for verdict in judged.verdicts] == ["pass", "fail"]
    write(judged, tmp_path / "out")
    assert list(pd.read_csv(tmp_path / "out" / "verdicts.csv").decision) == ["pass", "fail"]


def test_what_does_not_fit_is_refused_or_noted(tmp_path: Path) -> None:
    first = run(tmp_path / "s1", ("a.png", 1.0), version="1", device="cpu")
    second = run(tmp_path / "s2", ("b.png", 1.0), version="2", device="cpu")
    third = run(tmp_path / "s3", ("c.png", 1.0), unit="deg")
    found = about([read_run(first), read_run(second)])
    assert found["notes"] == ["the runs were not made alike: version"] and found["device"] == "cpu"
    assert "notes" not in about([read_run(first)])
    with pytest.raises(SourceError, match="measure both with one version"):
        merge([first, third])
