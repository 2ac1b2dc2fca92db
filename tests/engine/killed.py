"""Runs that are killed at random moments: prints, as JSON, what became of what they had measured.

    python killed.py PICTURES CACHE OUT KILLS

One process that has loaded torch forks a child per run, measures with four cheap measurements, and sends
it SIGKILL after a random share of the time that a whole run takes.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import suppress
from pathlib import Path

import torch

from lightmeter.engine.plan import Settings, everything, plan
from lightmeter.engine.run import Progress, run
from lightmeter.judge.verdict import judge
from lightmeter.read.sources import find
from lightmeter.report import write

CHEAP = ("megapixels", "aspect_ratio", "saturation", "sharpness")


def child(pictures: Path, cache: Path | None, out: Path, pipe: int) -> None:
    """One run, a byte into the pipe for each image that is settled."""

    def told(progress: Progress) -> None:
        os.write(pipe, b".")

    settings = Settings(device="cpu", cache=cache, evidence=False, workers=1)
    measured = run(find([pictures]), plan(everything({}, CHEAP), settings), told)
    write(judge(measured.records, measured.readings, None, {"date": "none"}), out)


def started(*arguments: object) -> tuple[int, int]:
    """The child's process and the pipe on which it tells how far it is."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        status = 1
        with suppress(Exception):
            child(*arguments, writing)  # type: ignore[arg-type]
            status = 0
        os._exit(status)
    os.close(writing)
    return process, reading


def told(pipe: int) -> int:
    """How many images a child had settled when it ended."""
    with os.fdopen(pipe, "rb") as stream:
        return len(stream.read())


def remembered(cache: Path) -> dict[str, tuple[object, ...]]:
    """Every value in the cache."""
    if not cache.exists():
        return {}
    connection = sqlite3.connect(cache)
    try:
        return {key: tuple(rest) for key, *rest in connection.execute("SELECT * FROM results")}
    except sqlite3.OperationalError:  # killed before the tables were made
        return {}
    finally:
        connection.close()


def whole(out: Path) -> bool:
    """Whether the report is either all there or not there."""
    names = {path.name for path in out.iterdir() if path.suffix != ".part"} if out.exists() else set()
    return "run.json" not in names or {"measurements.csv", "measurements.parquet"} <= names


def main(pictures: Path, cache: Path, out: Path, kills: int) -> dict[str, object]:
    """Kill that many runs, then let one end and compare it with a run that nothing disturbed."""
    torch.set_num_threads(1)
    plan(everything({}, CHEAP), Settings(device="cpu")).key("", everything({}, CHEAP)[0])
    began = time.monotonic()
    process, pipe = started(pictures, None, out / "calm")
    settled = told(pipe)
    calm = os.waitpid(process, 0)[1] == 0
    took = time.monotonic() - began
    landed = lost = halves = 0
    before: dict[str, tuple[object, ...]] = {}
    for _ in range(kills):
        process, pipe = started(pictures, cache, out / "killed")
        time.sleep(random.random() * took)
        os.kill(process, signal.SIGKILL)
        landed += os.WIFSIGNALED(os.waitpid(process, 0)[1])
        now = remembered(cache)
        lost += any(now.get(key) != value for key, value in before.items())
        lost += len(now) < len(CHEAP) * told(pipe)
        halves += not whole(out / "killed")
        before = now
    process, pipe = started(pictures, cache, out / "killed")
    told(pipe)
    calm &= os.waitpid(process, 0)[1] == 0
    same = all(
        (out / "calm" / name).read_bytes() == (out / "killed" / name).read_bytes()
        for name in ("measurements.csv", "measurements.parquet")
    )
    return {
        "images": settled, "kills": kills, "landed": landed, "lost": lost, "halves": halves,
        "same": same, "ended": calm,
    }  # fmt: skip


if __name__ == "__main__":
    *folders, count = sys.argv[1:]
    sys.stdout.write(json.dumps(main(*map(Path, folders), int(count))))
