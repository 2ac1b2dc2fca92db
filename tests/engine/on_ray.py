"""A run on Ray beside the same run here: prints, as JSON, whether they are the same and what either took.

    python on_ray.py PICTURES OUT [--kill] [--only NAME,...]

Without the cache. "after": seconds per image once the first rows are back.
With --kill, one worker gets SIGKILL once the first rows are back.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from lightmeter.engine.plan import Plan, Settings, everything, plan
from lightmeter.engine.ray_engine import cluster, run_on_ray
from lightmeter.engine.run import Measured, Progress, run
from lightmeter.judge.verdict import judge
from lightmeter.read.source import Source
from lightmeter.read.sources import find
from lightmeter.report import write


def workers() -> Iterator[int]:
    """Processes of Ray's actors that this process started, through Ray's own."""
    parents, names = {}, {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                stat = (each / "stat").read_text()
                names[int(each.name)] = (each / "cmdline").read_bytes()
            except OSError:  # it ended meanwhile
                continue
            parents[int(each.name)] = int(stat.rpartition(")")[2].split()[1])
    for process, name in names.items():
        above = parents.get(parents[process])
        if name.startswith(b"ray::MapWorker") and os.getpid() in (above, parents.get(above or 0)):
            yield process


class Killer:
    """Watches a run, and kills a worker once."""

    def __init__(self, after: int) -> None:
        self.after, self.killed = after, 0

    def __call__(self, progress: Progress) -> None:
        if self.after and not self.killed and self.after <= progress.done < progress.total:
            os.kill(next(workers()), signal.SIGKILL)
            self.killed += 1


def tables(measured: Measured, out: Path) -> bytes:
    """What the run's measurements.csv and .parquet hold."""
    write(judge(measured.records, measured.readings, None, {"date": "none"}), out)
    return b"".join((out / f"measurements.{kind}").read_bytes() for kind in ("csv", "parquet"))


def here(sources: list[Source], planned: Plan) -> tuple[Measured, float]:
    """A run in this process, and its seconds."""
    began = time.monotonic()
    return run(sources, planned), time.monotonic() - began


def main(given: argparse.Namespace) -> dict[str, object]:
    """Here first, which also loads the networks; then on a cluster whose start is timed on its own."""
    torch.set_num_threads(1)
    sources = find([given.pictures])
    names = tuple(filter(None, given.only.split(",")))
    planned = plan(everything({}, names), Settings(device="cpu", evidence=False))
    here(sources[:1], planned)
    local, took = here(sources, planned)
    killer = Killer(len(sources) // 3 if given.kill else 0)
    looks: list[tuple[float, int]] = []
    began = time.monotonic()
    with cluster():
        started = time.monotonic()

        def watch(progress: Progress) -> None:
            looks.append((time.monotonic(), progress.done))
            killer(progress)

        far = run_on_ray(sources, planned, watch)
        ended = time.monotonic()
    return {
        "images": len(sources),
        "same": tables(far, given.out / "ray") == tables(local, given.out / "local"),
        "lost": len(local.readings) - len(far.readings),
        "killed": killer.killed,
        "local": took,
        "start": started - began,
        "first": looks[0][0] - started,
        "after": (ended - looks[0][0]) / max(1, len(sources) - looks[0][1]),
        "ray": ended - started,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("pictures", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--only", default="")
    sys.stdout.write(json.dumps(main(parser.parse_args())) + "\n")
