"""The workers of `--engine ray` measure what `run` measures; a death costs nothing but time."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import torch

import lightmeter.engine.load
import lightmeter.engine.worker
from lightmeter.api import measured_run
from lightmeter.engine import ray_engine
from lightmeter.engine.cache import Cache
from lightmeter.engine.load import Refused, Remembered, load
from lightmeter.engine.partitions import SCHEMA, done, emptied, row, rows_of, table_of, written
from lightmeter.engine.plan import Plan, Settings, everything, plan
from lightmeter.engine.run import Progress, run, settled
from lightmeter.engine.worker import Worker, asked, order_of
from lightmeter.errors import LightmeterError
from lightmeter.read.source import Source
from lightmeter.read.sources import find

FAST = ("megapixels", "aspect_ratio", "saturation", "sharpness", "face_count")


def planned(cache: Path | None = None, batch: int = 0, evidence: bool = False) -> Plan:
    return plan(everything({}, FAST), Settings(device="cpu", batch=batch, cache=cache, evidence=evidence))


@pytest.fixture
def one_thread() -> Any:
    """As `run` has it, and `Worker` leaves it."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def far(sources: list[Source], settings: Plan) -> pa.Table:
    """Rows of a worker in this process, that got what a worker gets and nothing else."""
    return Worker(order_of(settings))(asked(list(enumerate(sources))))


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("evidence", [False, True])
def test_a_worker_gives_what_run_gives(folder: Path, tmp_path: Path, evidence: bool) -> None:
    """Records, evidence and all, through a partition on disk, and whatever the order of rows."""
    sources, settings = find([folder]), planned(evidence=evidence)
    table = far(sources, settings)
    parts = emptied(tmp_path / "partitions")
    for rows in (table.slice(3), table.slice(0, 3)):
        written([rows], parts)
    assert len(list(parts.iterdir())) == 2
    back = settled((done(each, sources) for each in rows_of(parts)), sources, settings)
    here = run(sources, settings)
    assert back.records == here.records
    assert back.readings == here.readings


@pytest.mark.usefixtures("one_thread")
def test_a_worker_remembers_on_its_machine(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "values.sqlite"
    sources = find([folder])
    assert sum(far(sources, planned(cache))["remembered"].to_pylist()) == 0
    assert sum(far(sources, planned(cache))["remembered"].to_pylist()) == 3
    assert run(sources, planned(cache)).remembered == 3


@pytest.mark.usefixtures("one_thread")
def test_a_worker_of_other_code_measures_nothing(folder: Path) -> None:
    order = replace(order_of(planned()), identity="another")
    (told,) = Worker(order)(asked(list(enumerate(find([folder])))))["trouble"].to_pylist()
    assert "other code" in told


@pytest.mark.usefixtures("one_thread")
def test_a_defect_is_told_and_is_no_death(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise LightmeterError("what went wrong")

    monkeypatch.setattr(lightmeter.engine.worker, "measured", broken)
    assert far(find([folder]), planned())["trouble"].to_pylist() == ["LightmeterError: what went wrong"]


def test_any_text_goes_through_a_row(folder: Path) -> None:
    source = replace(find([folder])[0], prompt="half a pair \ud83d, and \x00", seed=-(2**70), variant="ä/\n")
    (index, back) = done(table_of([row(0, Refused("why", source))]).to_pylist()[0], [source])
    assert index == 0
    assert isinstance(back, Refused)
    assert (back.reason, back.source) == ("why", source)


class Cluster:
    """Stands for Ray: workers that drop the blocks, or the images, that kill them."""

    def __init__(self, deadly: str, blocks: int) -> None:
        self.deadly, self.blocks, self.sizes = deadly, blocks, list[int]()

    def rows(self, blocks: list[pa.Table], order: Any, plan: Plan, pool: int, queue: int) -> Any:
        worker = Worker(order)
        for block in blocks:
            self.sizes.append(block.num_rows)
            table = worker(block)
            if self.blocks:
                self.blocks -= 1  # the worker is killed, whatever it has
            elif self.deadly not in table["image"].to_pylist():
                yield table


def on(cluster: Cluster, folder: Path, monkeypatch: pytest.MonkeyPatch, kept: Path | None = None) -> Any:
    """A run whose Ray is `cluster`, with what was watched."""
    monkeypatch.setattr(ray_engine, "cluster", nullcontext)
    monkeypatch.setattr(ray_engine, "_pool", lambda plan, ray: 1)
    monkeypatch.setattr(ray_engine, "_rows", cluster.rows)
    watched: list[Progress] = []
    settings = planned()
    settings = replace(settings, settings=replace(settings.settings, partitions=kept))
    return ray_engine.run_on_ray(find([folder]), settings, watched.append), watched


@pytest.mark.usefixtures("one_thread")
def test_killed_workers_lose_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, watched = on(Cluster("none", blocks=1), folder, monkeypatch, tmp_path / "partitions")
    here = run(find([folder]), planned())
    assert (found.records, found.readings) == (here.records, here.readings)
    assert [each.done for each in watched] == sorted(each.done for each in watched)
    assert watched[-1].done == 5
    assert list((tmp_path / "partitions").glob("part-*.parquet"))


@pytest.mark.usefixtures("one_thread")
def test_an_image_that_kills_its_worker_is_one_row(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = on(Cluster("warm/one.png", blocks=0), folder, monkeypatch)
    reasons = {record.image: record.reason for record in found.records if record.status == "refused"}
    assert len(found.records) == 5
    assert "every worker that took it died" in reasons["warm/one.png"]
    assert reasons.keys() == {"warm/one.png", "cold/broken.png"}


@pytest.mark.usefixtures("one_thread")
def test_ctrl_c_leaves_what_is_done(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any) -> Any:
        blocks, order = arguments[:2]
        yield Worker(order)(blocks[0])
        raise KeyboardInterrupt

    cluster = Cluster("none", blocks=0)
    cluster.rows = interrupted  # type: ignore[method-assign]
    found, watched = on(cluster, folder, monkeypatch)
    assert found.interrupted
    assert 0 < len(found.records) == watched[-1].done < 5


def test_without_ray_the_error_names_the_extra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(LightmeterError, match=r"pip install 'lightmeter\[ray\]'"):
        measured_run(folder, only=FAST, settings=Settings(device="cpu", engine="ray"))


def test_old_partitions_are_not_read_again(tmp_path: Path, folder: Path) -> None:
    parts = emptied(tmp_path)
    written([table_of([row(0, Refused("old", find([folder])[0]))])], parts)
    assert list(rows_of(emptied(parts))) == []


def test_what_load_says_goes_through(folder: Path) -> None:
    """A remembered image keeps its portrait, digest and values to the last bit."""
    sources, settings = find([folder]), planned()
    cache = Cache(None)
    first = load(sources[2], settings, cache)
    assert not isinstance(first, Remembered)
    table = far([sources[2]], settings)
    assert table.schema == SCHEMA
    _, back = done(table.to_pylist()[0], [sources[2]])
    assert isinstance(back, Remembered)
    assert {each.measurement for each in back.values} == set(FAST)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs lightmeter[ray]")
@pytest.mark.parametrize("kill", [[], ["--kill"]])
def test_a_cluster_gives_the_same_tables_and_survives_a_kill(
    folder: Path, tmp_path: Path, kill: list[str]
) -> None:
    for i in range(20):
        (folder / f"again{i}.png").write_bytes((folder / "cold/tall.png").read_bytes())
    script = Path(__file__).parent / "on_ray.py"
    command = [sys.executable, str(script), str(folder), str(tmp_path), "--only", ",".join(FAST), *kill]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["same"]
    assert found["lost"] == 0
    assert found["killed"] == len(kill)
