"""lightmeter beside its peers' own programs: the same pictures, the same machine, one run."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import machine, pictures

HERE = Path(__file__).parent
REPORT = HERE.parents[1] / "reports" / "validation" / "bench-peers.md"
NO_NETWORK = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


@dataclass(frozen=True)
class Peer:
    """A program that is given a folder, and what it does with each picture of it."""

    name: str
    does: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Figures:
    """Seconds to the first picture, images/s after it, and MiB at the most; nan where it failed."""

    start: float
    rate: float
    memory: float
    said: str = ""


def peers(python: Path, out: Path) -> list[Peer]:
    """All programs; a folder's name is put after each command."""
    lightmeter = str(Path(sys.executable).with_name("lightmeter"))
    random = (str(python), str(HERE / "pyiqa_random.py"))
    return [
        Peer(
            "lightmeter score, hyperreal-character",
            "its criteria, overlays, report",
            (lightmeter, "score", "--no-cache", "--out", str(out)),
        ),
        Peer(
            "lightmeter measure --only key_azimuth",
            "face and light alone",
            (lightmeter, "measure", "--no-cache", "--only", "key_azimuth", "--out", str(out)),
        ),
        Peer("pyiqa piqe", "one number, no network", (*random, "piqe", "-t")),
        Peer("pyiqa cnniqa", "one number, a small network", (*random, "cnniqa", "-t")),
        Peer("pyiqa musiq", "one number, a transformer", (*random, "musiq", "-t")),
        Peer("pyiqa topiq_nr", "one number, ResNet-50", (*random, "topiq_nr", "-t")),
        Peer("OpenCLIP ViT-B-32", "an embedding", (str(python), str(HERE / "open_clip_loop.py"))),
    ]


def figures(peer: Peer, folders: Sequence[Path], counts: Sequence[int], repeats: int) -> Figures:
    """One run over few pictures and one over many, in turns; the difference is free of the start. One run
    before them fills the disk's cache."""
    rounds = []
    _spent([*peer.command, str(folders[0])])
    for _ in range(repeats):
        runs = [_spent([*peer.command, str(folder)]) for folder in folders]
        if any(code for _, _, code in runs):
            return Figures(float("nan"), float("nan"), float("nan"), "did not run")
        rounds.append(runs)
    few, many = (statistics.median(runs[i][0] for runs in rounds) for i in (0, 1))
    rate = (counts[1] - counts[0]) / (many - few)
    return Figures(few - counts[0] / rate, rate, max(runs[1][1] for runs in rounds))


def _spent(command: Sequence[str]) -> tuple[float, float, int]:
    """Wall seconds, MiB at the most, exit code (a failing picture is no failure of the program)."""
    begun = time.perf_counter()
    pid = os.posix_spawn(
        command[0],
        list(command),
        {**os.environ, **NO_NETWORK},
        file_actions=[(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)],
    )
    _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - begun, usage.ru_maxrss / 1024, 0 if code in (0, 1) else code


def report(python: Path, counts: tuple[int, int], repeats: int) -> str:
    """The table, as Markdown."""
    with TemporaryDirectory(prefix="lightmeter-peers-") as place:
        folders = [Path(place) / str(count) for count in counts]
        for folder, count in zip(folders, counts, strict=True):
            pictures(folder, count)
        rows = []
        for peer in peers(python, Path(place) / "out"):
            found = figures(peer, folders, counts, repeats)
            shown = f"{found.rate:.2f} | {found.start:.1f} | {found.memory:.0f}"
            rows.append(f"| {peer.name} | {peer.does} | {found.said + ' | | ' if found.said else shown} |")
            sys.stderr.write(rows[-1] + "\n")
    return "\n".join(
        [
            "# Beside the peers, on the CPU",
            "",
            "Written by `make bench-peers`: each program's own command line, from a folder of JPEGs of",
            f"1024 x 1024 to its answer, one after another; medians of {repeats}. images/s are those",
            f"between a folder of {counts[0]} and one of {counts[1]}, so that starting costs are apart. No",
            "weights are fetched: the networks of pyiqa and OpenCLIP have random ones, which cost what",
            "learned ones do and say nothing of the pictures. The programs answer different questions: this",
            "is about cost alone.",
            "",
            f"{machine()}; as many threads as each program takes.",
            "",
            "| program | what a picture gets | images/s | start, s | peak MiB |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", type=Path, required=True, help="of the environment that has the peers")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--counts", type=int, nargs=2, default=(2, 14))
    given = parser.parse_args()
    text = report(given.python, tuple(given.counts), given.repeats)
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
