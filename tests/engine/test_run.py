from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

import lightmeter.engine.batch
from lightmeter.engine.plan import Plan, Settings, everything, plan
from lightmeter.engine.run import Measured, Progress, run
from lightmeter.read.sources import find

FAST = (
    "megapixels",
    "aspect_ratio",
    "saturation",
    "sharpness",
    "face_count",
    "face_contrast",
    "skin_texture",
)


def planned(cache: Path | None = None, batch: int = 0, only: tuple[str, ...] = FAST) -> Plan:
    return plan(everything({}, only), Settings(device="cpu", batch=batch, cache=cache, evidence=False))


def values(measured: Measured) -> dict[tuple[str, str], float | None]:
    return {(r.image, r.wanted.measurement): r.value for r in measured.readings}


def test_every_file_gets_a_record_and_bad_ones_a_reason(folder: Path) -> None:
    measured = run(find([folder]), planned())
    status = {record.image: record.status for record in measured.records}
    assert status == {
        "cold/broken.png": "refused",
        "cold/notes.txt": "skipped",
        "cold/tall.png": "measured",
        "warm/one.png": "measured",
        "warm/two.png": "measured",
    }
    assert all(record.reason for record in measured.records if record.status != "measured")
    for reading in measured.readings:
        assert (reading.value is None) == bool(reading.reason)
        assert reading.value is None or math.isfinite(reading.value)
    assert {r.image for r in measured.readings} == {name for name, s in status.items() if s != "skipped"}


def test_values_do_not_depend_on_batch_order_or_company(folder: Path) -> None:
    together = values(run(find([folder]), planned(batch=2)))
    reverse = values(run(find([folder])[::-1], planned(batch=3)))
    assert together.keys() == reverse.keys()
    alone: dict[tuple[str, str], float | None] = {}
    for source in find([folder]):
        alone |= values(run([source], planned(batch=1)))
    assert together == reverse == alone  # to the last digit


def test_a_second_run_is_remembered_and_equal(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "values.sqlite"
    first, second = (run(find([folder]), planned(cache)) for _ in range(2))
    assert first.remembered == 0
    assert second.remembered == 3
    assert second.readings == first.readings
    assert second.records == first.records


def test_a_killed_run_goes_on_from_the_cache(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "values.sqlite"

    def stop_after_three(progress: Progress) -> None:
        if progress.done == 4:
            raise KeyboardInterrupt

    stopped = run(find([folder]), planned(cache, batch=1), stop_after_three)
    assert stopped.interrupted
    assert 0 < len(stopped.records) < 5
    resumed = run(find([folder]), planned(cache, batch=1))
    assert not resumed.interrupted
    assert resumed.remembered >= 1
    assert values(resumed) == values(run(find([folder]), planned(batch=1)))


def test_changed_bytes_are_measured_anew(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "values.sqlite"
    run(find([folder]), planned(cache))
    (folder / "warm/one.png").write_bytes((folder / "cold/tall.png").read_bytes())
    again = run(find([folder]), planned(cache))
    found = values(again)
    assert found["warm/one.png", "aspect_ratio"] == found["cold/tall.png", "aspect_ratio"]


def test_one_failing_image_does_not_stop_the_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both astronauts share a batch; the mirrored one makes every batch that it is in fail."""
    honest = lightmeter.engine.batch._together

    def failing(batch, plan):  # type: ignore[no-untyped-def]
        if any(
            bool(torch.allclose(ready.picture.frame(), mirrored))
            for ready in batch
            if ready.shape == mirrored.shape[1:]
        ):
            raise RuntimeError("no such thing")
        return honest(batch, plan)

    from lightmeter.read.decode import decode

    mirrored = decode(folder / "warm/two.png").frame()
    monkeypatch.setattr(lightmeter.engine.batch, "_together", failing)
    records = {r.image: r for r in run(find([folder / "warm"]), planned(batch=2)).records}
    assert records["one.png"].status == "measured"
    assert records["two.png"].status == "refused"
    assert "RuntimeError: no such thing" in records["two.png"].reason


def test_progress_counts_every_file_once(folder: Path) -> None:
    seen: list[Progress] = []
    run(find([folder]), planned(), seen.append)
    assert [progress.done for progress in seen] == [1, 2, 3, 4, 5]
    assert {progress.total for progress in seen} == {5}


def test_torch_threads_are_given_back(folder: Path) -> None:
    before = torch.get_num_threads()
    run(find([folder / "cold"]), planned(only=("megapixels",)))
    assert torch.get_num_threads() == before
