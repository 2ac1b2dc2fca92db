"""What may go wrong around a run: kills, full disks, damaged caches, vanishing files, lack of memory."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import numpy as np
import pytest
import torch
from PIL import Image

import lightmeter.engine.batch
import lightmeter.read.isolated
from lightmeter.engine.cache import Cache, Value
from lightmeter.engine.load import Ready
from lightmeter.engine.plan import Plan, Settings, everything, plan
from lightmeter.engine.run import Measured, run
from lightmeter.errors import LightmeterError
from lightmeter.judge.verdict import judge
from lightmeter.read.isolated import Decoder
from lightmeter.read.limits import Limits
from lightmeter.read.sources import find
from lightmeter.report import write
from lightmeter.report.files import folder, place, place_all

CHEAP = ("megapixels", "aspect_ratio", "saturation")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Twelve small pictures of one shape, all different."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(12):
        codes = np.random.default_rng(i).integers(0, 256, (40, 32, 3), dtype=np.uint8)
        Image.fromarray(codes).save(folder / f"{i}.png")
    return folder


def planned(cache: Path | None = None, batch: int = 1) -> Plan:
    return plan(everything({}, CHEAP), Settings(device="cpu", batch=batch, cache=cache, evidence=False))


def table(measured: Measured) -> list[tuple[str, str, float | None]]:
    return [(r.image, r.wanted.measurement, r.value) for r in measured.readings]


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (400, 6), (16, 1024)])
def test_a_sliver_has_a_reason_that_its_owner_understands(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, (90, 80, 70)).save(tmp_path / "sliver.png")
    Image.new("RGB", (12, 13), (90, 80, 70)).save(tmp_path / "small.png")
    sliver, small = run(find([tmp_path]), plan(everything({}), Settings(evidence=False))).records
    assert sliver.status == "refused"
    assert sliver.reason.startswith(f"too small or too narrow to measure: {size[0]} x {size[1]} pixels")
    assert small.status == "measured"


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_kills_lose_nothing_and_the_next_run_is_the_same(pictures: Path, tmp_path: Path, kills: int) -> None:
    script = Path(__file__).parent / "killed.py"
    arguments = (pictures, tmp_path / "values.sqlite", tmp_path / "out", kills)
    ended = subprocess.run(
        [sys.executable, script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found = json.loads(ended.stdout)
    assert found["ended"] and found["images"] == 12
    assert found["landed"] > 0
    assert (found["lost"], found["halves"], found["same"]) == (0, 0, True)


def damage_head(path: Path) -> None:
    path.write_bytes(b"\0" * 4096 + path.read_bytes()[4096:])


def damage_pages(path: Path) -> None:
    """What only shows when a page is read: the schema stays, all after it is noise."""
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\x7f" * (len(data) - 4096))


def older_tables(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE results (key TEXT PRIMARY KEY, value REAL)")
    connection.commit()
    connection.close()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize("damage", [damage_head, damage_pages, older_tables, cut])
def test_a_damaged_cache_is_begun_anew_and_said(pictures: Path, tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    cache = tmp_path / "values.sqlite"
    first = run(find([pictures]), planned(cache))
    damage(cache)
    second = run(find([pictures]), planned(cache))
    assert table(second) == table(first)
    assert second.remembered == 0
    assert "was damaged" in second.notes[0] and "values.sqlite.damaged" in second.notes[0]
    assert (tmp_path / "values.sqlite.damaged").is_file()
    third = run(find([pictures]), planned(cache))
    assert (third.remembered, third.notes) == (12, ())


def test_a_portrait_that_cannot_be_read_is_measured_again(pictures: Path, tmp_path: Path) -> None:
    cache = tmp_path / "values.sqlite"
    run(find([pictures]), planned(cache))
    connection = sqlite3.connect(cache)
    connection.execute("UPDATE portraits SET portrait = '{'")
    connection.commit()
    connection.close()
    again = run(find([pictures]), planned(cache))
    assert again.remembered == 0 and len(again.readings) == 12 * len(CHEAP)


def test_a_cache_that_cannot_be_written_costs_no_value(pictures: Path, tmp_path: Path) -> None:
    """A full disk, as sqlite tells it: `max_page_count` makes the file as full as a disk would."""
    cache = Cache(tmp_path / "values.sqlite")
    cache._connection.execute("PRAGMA max_page_count = 6")
    for i in range(200):
        cache.keep({f"{i}-{'k' * 500}": Value(1.0)}, {})
    assert len(cache.notes) == 1
    assert "full; later values are not remembered" in cache.notes[0]
    assert cache.readings(["0-" + "k" * 500])
    cache.close()


def test_two_runs_share_a_cache(pictures: Path, tmp_path: Path) -> None:
    cache = tmp_path / "values.sqlite"
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: run(find([pictures]), planned(cache)), range(2)))
    assert table(both[0]) == table(both[1])
    assert both[0].notes == both[1].notes == ()
    assert run(find([pictures]), planned(cache)).remembered == 12


def test_a_new_cache_waits_for_the_run_that_is_making_it(tmp_path: Path) -> None:
    path = tmp_path / "values.sqlite"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE unfinished (a)")
    other.execute("BEGIN IMMEDIATE")
    release = Timer(0.2, lambda: other.execute("ROLLBACK"))
    release.start()
    cache = Cache(path)
    cache.keep({"a": Value(1.0)}, {})
    assert cache.readings(["a"])["a"].value == 1.0
    assert cache.notes == []
    release.join()
    other.close()
    cache.close()


def test_a_cache_that_another_run_holds_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lightmeter.engine.cache._PATIENCE", 0.05)
    cache = Cache(tmp_path / "values.sqlite")
    other = sqlite3.connect(tmp_path / "values.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    cache.keep({"a": Value(1.0)}, {})
    other.execute("ROLLBACK")
    other.close()
    assert "locked; later values are not remembered" in cache.notes[0]
    cache.close()


def test_a_folder_that_changes_while_it_is_read(pictures: Path) -> None:
    sources = find([pictures])
    (pictures / "3.png").unlink()
    (pictures / "4.png").write_bytes((pictures / "4.png").read_bytes()[:200])
    (pictures / "5.png").unlink()
    (pictures / "5.png").mkdir()
    measured = run(sources, planned())
    reasons = {record.image: record.reason for record in measured.records if record.reason}
    assert reasons.keys() == {"3.png", "4.png", "5.png"}
    assert reasons["3.png"] == "no such file"
    assert reasons["4.png"].startswith("broken PNG")
    assert reasons["5.png"] == "a folder, not a file"


@pytest.mark.parametrize(
    "error",
    [MemoryError(), torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("DefaultCPUAllocator: x")],
)
def test_a_batch_that_memory_does_not_hold_is_halved(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    honest, seen = lightmeter.engine.batch._together, []

    def small(batch: list[Ready], plan: Plan):  # type: ignore[no-untyped-def]
        seen.append(len(batch))
        if len(batch) > 3:
            raise error
        return honest(batch, plan)

    calm = run(find([pictures]), planned(batch=8))
    monkeypatch.setattr(lightmeter.engine.batch, "_together", small)
    tight = run(find([pictures]), planned(batch=8))
    assert table(tight) == [(i, m, None if v is None else pytest.approx(v)) for i, m, v in table(calm)]
    assert seen[0] == 8 and 2 in seen and seen.count(8) == 1
    assert "memory did not hold a whole batch" in tight.notes[0]


def test_an_image_that_memory_does_not_hold_is_a_row(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(batch: list[Ready], plan: Plan):  # type: ignore[no-untyped-def]
        raise MemoryError

    monkeypatch.setattr(lightmeter.engine.batch, "_together", full)
    measured = run(find([pictures / "0.png"]), planned())
    assert measured.records[0].reason.startswith("not enough memory to measure it")


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "broken PNG: its decoder crashed (SIGSEGV)"),
        ("time.sleep(60)", "took more than 2 s to decode; --decode-seconds sets the limit"),
    ],
)
def test_a_decoder_that_crashes_or_hangs_costs_its_picture_alone(
    what: str, why: str, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes((pictures / "3.png").read_bytes())
    program = (
        "import os, pathlib, signal, time, lightmeter.read.decoder_process as process\n"
        f"honest, victim = process.unpacked, pathlib.Path({str(victim)!r}).read_bytes()\n"
        "def unpacked(data, limits):\n"
        f"    if data == victim:\n        {what}\n"
        "    return honest(data, limits)\n"
        "process.unpacked = unpacked\nprocess.main()"
    )
    monkeypatch.setattr(Decoder.__init__, "__defaults__", ((sys.executable, "-c", program),))
    monkeypatch.setattr(lightmeter.read.isolated, "_IDLE", [])
    settings = Settings(device="cpu", evidence=False, limits=Limits(seconds=2))
    measured = run(find([pictures]), plan(everything({}, CHEAP), settings))
    while lightmeter.read.isolated._IDLE:
        lightmeter.read.isolated._IDLE.pop().close()
    reasons = {record.image: record.reason for record in measured.records if record.reason}
    assert reasons == {"3.png": why}


def test_a_full_disk_leaves_the_old_report(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = run(find([pictures]), planned())
    judged = judge(measured.records, measured.readings, None, {})
    out = tmp_path / "out"
    write(judged, out)
    old = {path.name: path.read_bytes() for path in out.iterdir()}
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LightmeterError, match=r"measurements\.parquet cannot be written: No space left"):
        write(judge(measured.records[:1], measured.readings[:3], None, {}), out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == old


@pytest.mark.skipif(os.name != "posix", reason="a limit of POSIX")
def test_a_file_over_the_system_s_limit_leaves_no_draft(tmp_path: Path) -> None:
    import resource
    import signal

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        with pytest.raises(LightmeterError, match="cannot be written: File too large"):
            place(tmp_path / "a.csv", b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_never_sees_half_of_a_report(tmp_path: Path) -> None:
    """A reader that finds the last file finds all others of the same writing or a later one."""
    stop, seen = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                last = (tmp_path / "last").read_bytes()
                first = (tmp_path / "first").read_bytes()
            except FileNotFoundError:
                continue
            seen.append((int(first), int(last), len(first)))

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        for i in range(60):
            place_all(tmp_path, [("first", f"{i:09d}".encode()), ("last", f"{i:09d}".encode())])
        stop.set()
        reading.result()
    assert seen and all(first >= last and size == 9 for first, last, size in seen)


def test_a_folder_that_cannot_be_written_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told by the system rather than by permissions, which root does not feel."""

    def refused(*given: object, parents: bool = False, exist_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(LightmeterError, match=r"a\.csv cannot be written: Permission denied"):
        place(tmp_path / "a.csv", b"")
    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(LightmeterError, match="cannot be made a folder: Permission denied"):
        folder(tmp_path / "out")


def test_a_cache_repaired_under_way_keeps_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "values.sqlite")
    cache.keep({"a": Value(0.5)}, {"p": "{}"})
    cache._begin_anew(sqlite3.DatabaseError("database disk image is malformed"))
    assert cache.readings(["a"]) == {}
    cache.keep({"a": Value(0.5)}, {})
    assert cache.readings(["a"]) == {"a": Value(0.5)}
    cache.close()
