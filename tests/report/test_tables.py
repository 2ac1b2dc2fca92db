from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lightmeter.judge.run import Run
from lightmeter.measure.records import ImageRecord
from lightmeter.report.delimited import csv_bytes, number, parquet_bytes
from lightmeter.report.tables import images_frame, measurements_frame, variants_frame, verdicts_frame

COLUMNS = "image,variant,prompt,seed,measurement,value,error,unit,reason,parameters"


def test_long_form_has_one_row_per_image_and_wanted_measurement(run: Run) -> None:
    frame = measurements_frame(run)
    assert ",".join(frame.columns) == COLUMNS
    per_image = frame.groupby("image", sort=False).size()
    skipped = {i.image for i in run.images if i.status == "skipped"}
    assert list(per_image.index) == [i.image for i in run.images]
    assert set(per_image[list(skipped)]) == {1}
    assert set(per_image.drop(list(skipped))) == {8}


def test_a_value_is_empty_exactly_where_there_is_a_reason(run: Run) -> None:
    frame = measurements_frame(run)
    assert (frame["value"].isna() == (frame["reason"] != "")).all()
    broken = frame[frame["image"] == "base/broken <i>.png"]
    assert broken["value"].isna().all()
    assert set(broken["reason"]) == {"truncated file: 4096 of 91233 bytes"}


def test_errors_stand_beside_their_values_and_nowhere_else(run: Run) -> None:
    frame = measurements_frame(run)
    with_error = frame[frame["error"].notna()]
    assert set(with_error["measurement"]) == {"key_azimuth"}
    assert set(with_error["error"]) == {6.5}
    assert with_error["value"].notna().all()


def test_parameters_are_json_and_empty_where_there_are_none(run: Run) -> None:
    frame = measurements_frame(run)
    given = dict(zip(frame["measurement"], frame["parameters"], strict=True))
    assert json.loads(given["key_colour_error"]) == {"key_colour": "#ff0080"}
    assert given["face_contrast"] == ""


def test_refused_images_have_every_row_even_without_readings(run: Run) -> None:
    refused = ImageRecord("late.png", "late.png", "refused", "baseline", reason="empty file")
    frame = measurements_frame(replace(run, images=(*run.images, refused)))
    late = frame[frame["image"] == "late.png"]
    assert len(late) == 8
    assert set(late["reason"]) == {"empty file"}
    assert (late["unit"] != "").all()


def test_parquet_is_verbatim_and_typed(run: Run) -> None:
    frame = measurements_frame(run)
    back = pd.read_parquet(io.BytesIO(parquet_bytes(frame)))
    pd.testing.assert_frame_equal(back, frame)
    assert "=cmd|' /C calc'!A0.png" in set(back["image"])
    assert str(back["seed"].dtype) == "Int64"


def test_csv_comes_back(run: Run) -> None:
    frame = measurements_frame(run)
    content = csv_bytes(frame)
    assert content.decode().split("\n", 1)[0] == COLUMNS
    back = pd.read_csv(io.BytesIO(content), keep_default_na=False, dtype=str, lineterminator="\n")
    assert len(back) == len(frame)
    values = pd.to_numeric(back["value"].replace("", None))
    np.testing.assert_array_equal(values.astype("float32"), frame["value"].astype("float32"))
    unguarded = back["image"].str.removeprefix("'")
    assert list(unguarded) == list(frame["image"])


def test_no_csv_cell_runs_as_a_formula(run: Run) -> None:
    for frame in (measurements_frame(run), verdicts_frame(run), variants_frame(run), images_frame(run)):
        back = pd.read_csv(io.BytesIO(csv_bytes(frame)), keep_default_na=False, dtype=str)
        for name in frame.columns[frame.dtypes == "str"]:
            assert not back[name].str.match(r"[=+\-@\t\r]").any(), name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (float(np.float32(2.1)), "2.1"),
        (2.0, "2"),
        (-0.0, "0"),
        (1 / 3, "0.333333333"),
        (float(np.float32(1 / 3)), "0.33333334"),
        (float("nan"), ""),
        (float("inf"), ""),
        (1e-7, "1e-07"),
        (-123456.75, "-123456.75"),
    ],
)
def test_numbers_are_short_and_come_back(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("seeds", "dtype"),
    [((1, None), "Int64"), ((2**64 - 1, None), "UInt64"), ((2**64, -1), "str"), ((None, None), "Int64")],
)
def test_seeds_of_any_size_are_kept(run: Run, seeds: tuple[int | None, ...], dtype: str) -> None:
    images = tuple(replace(run.images[i], seed=seed) for i, seed in enumerate(seeds))
    column = measurements_frame(replace(run, images=images))["seed"]
    assert str(column.dtype) == dtype
    assert {None if v is pd.NA or v != v else int(v) for v in column} == set(seeds)


def test_verdicts_variants_and_images(run: Run) -> None:
    assert len(verdicts_frame(run)) == len(run.verdicts)
    assert len(variants_frame(run)) == 3 * 7
    images = images_frame(run)
    assert list(images["image"]) == [i.image for i in run.images]
    skipped = images[images["status"] == "skipped"].iloc[0]
    assert skipped["decision"] == "" and pd.isna(skipped["score_low"]) and pd.isna(skipped["width"])


def test_an_empty_run_still_has_its_columns(make_run: Callable[..., Run]) -> None:
    empty = Run((), (), None, (), (), (), {})
    assert csv_bytes(measurements_frame(empty)).decode() == COLUMNS + "\n"
    assert len(pd.read_parquet(io.BytesIO(parquet_bytes(measurements_frame(empty))))) == 0


def test_a_stray_byte_in_a_file_name_does_not_stop_the_table(run: Run) -> None:
    record = replace(run.images[0], image="caf\udce9.png", status="refused", reason="bad")
    frame = measurements_frame(replace(run, images=(record,)))
    assert set(pd.read_parquet(io.BytesIO(parquet_bytes(frame)))["image"]) == {"caf\\udce9.png"}
