"""Following a folder: what is half written waits, what pauses is reported, Ctrl-C ends in order."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import lightmeter
from lightmeter.console_watch import watched_score
from lightmeter.engine.plan import Settings
from lightmeter.errors import SourceError
from lightmeter.following import Files, Followed, follow
from lightmeter.judge.run import Run

RUBRIC = """name: small
title: Small
source: this test
criteria:
  size: {measure: megapixels, pass: [0.001, 1], why: "too small"}
"""
NOTHING = Run((), (), None, (), (), (), {})


def png(seed: int) -> bytes:
    stream = io.BytesIO()
    codes = np.random.default_rng(seed).integers(0, 256, (40, 32, 3), dtype=np.uint8)
    Image.fromarray(codes).save(stream, "PNG")
    return stream.getvalue()


def test_a_file_is_taken_when_two_looks_agree(tmp_path: Path) -> None:
    followed, file = Followed([tmp_path]), tmp_path / "a.png"
    assert followed.look() == {}
    file.write_bytes(png(0)[:100])
    assert (followed.look(), followed.waiting) == ({}, 1)
    file.write_bytes(png(0))
    assert followed.look() == {}
    new = followed.look()
    assert list(new) == [file]
    followed.taken |= new
    assert (followed.look(), followed.waiting) == ({}, 0)
    file.write_bytes(png(1) + b"more")
    assert followed.look() == {} and list(followed.look()) == [file]
    file.unlink()
    followed.look()
    assert followed.gone() and not followed.taken and not followed.gone()


def test_an_empty_file_waits_and_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    followed = Followed([tmp_path])
    (tmp_path / "a.png").touch()
    assert [followed.look() for _ in range(3)] == [{}] * 3
    with pytest.raises(SourceError, match="no such file or folder"):
        Followed([tmp_path / "none"]).look()


def test_ctrl_c_reports_what_is_not_reported_yet(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(0))
    scored: list[set[str]] = []
    reports: list[Run] = []

    def score(files: Files) -> Run:
        scored.append({path.name for path in files})
        return NOTHING

    def ended() -> bool:
        if scored:
            raise KeyboardInterrupt
        return False

    assert follow(Followed([tmp_path]), score, lambda run: None, reports.append, every=0, ended=ended)
    assert scored == [{"a.png"}, {"a.png"}] and len(reports) == 1


def test_a_run_cut_short_by_ctrl_c_is_never_reported(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(0))
    reports: list[Run] = []

    def score(files: Files) -> Run:
        return replace(NOTHING, settings={"interrupted": True})

    assert follow(Followed([tmp_path]), score, reports.append, reports.append, every=0) is None
    assert reports == []


@pytest.fixture
def generator(tmp_path: Path) -> Iterator[tuple[Path, threading.Event]]:
    """A thread that writes three pictures, one of them in two halves, and what tells that it is done."""
    folder, done = tmp_path / "warm", threading.Event()
    folder.mkdir()

    def fill() -> None:
        for i in range(3):
            data = png(i)
            with (folder / f"{i}.png").open("wb") as file:
                file.write(data[:500])
                file.flush()
                time.sleep(0.04)
                file.write(data[500:])
        done.set()

    thread = threading.Thread(target=fill)
    thread.start()
    yield folder, done
    thread.join()


def test_a_folder_is_followed_while_it_fills(
    generator: tuple[Path, threading.Event], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, done = generator
    rubric, out = tmp_path / "small.yaml", tmp_path / "out"
    rubric.write_text(RUBRIC)
    limit = time.monotonic() + 60

    def ended() -> bool:
        report = out / "verdicts.csv"
        whole = done.is_set() and report.is_file() and len(pd.read_csv(report)) == 3
        return whole or time.monotonic() > limit

    settings = Settings(device="cpu", workers=1)
    code = watched_score(
        [str(folder)], str(rubric), {}, "folder", settings, False, out, True, ended, every=0.1, idle=0.15
    )
    assert code == 0
    table = pd.read_csv(out / "measurements.csv")
    assert sorted(table.image) == ["0.png", "1.png", "2.png"]
    assert table.value.notna().all()
    shown = capsys.readouterr().out
    assert "warm" in shown and "report in" in shown
    plain = lightmeter.score(folder, rubric, settings=settings)
    assert [r.value for r in plain.readings] == pytest.approx(list(table.value))


def test_nothing_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    looks = iter([False, True])
    settings = Settings(device="cpu")
    code = watched_score(
        [str(tmp_path)], "demo", {}, "folder", settings, False, tmp_path / "out", False,
        lambda: next(looks), every=0,
    )  # fmt: skip
    assert code == 2 and not (tmp_path / "out").exists()
    assert "nothing came" in capsys.readouterr().out
