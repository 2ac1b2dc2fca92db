"""engines.md: the same inputs give the same bytes, whichever way they are measured, and what Ray costs."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from figures import Headline, page, section, table
from metering import Meter, labelled
from PIL import Image, ImageOps

from lightmeter.engine.plan import Settings, everything, plan
from lightmeter.engine.run import Measured, run
from lightmeter.judge.verdict import judge
from lightmeter.read.source import Source
from lightmeter.read.sources import find
from lightmeter.report import write

PICTURES, SIZE = 24, (416, 512)
SMALL = 1000
CHEAP = "megapixels,aspect_ratio,saturation"
SCRIPT = Path(__file__).parents[1] / "engine" / "on_ray.py"


@dataclass(frozen=True)
class Way:
    """One way of measuring the same pictures, against the first."""

    name: str
    seconds: float
    same: bool
    moved: int = 0
    most: float = 0.0
    """Values that differ at all, and the largest difference as a share of the value."""


def engines(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headlines."""
    folder = pictures(meter)
    ways = list(_ways(folder, meter))
    clusters = _clusters(folder, meter.folder("engines-out")) if importlib.util.find_spec("ray") else {}
    text = page(
        "Engines, batches, workers, stores",
        _ABOUT.format(len(find([folder])), *SIZE),
        section("Same inputs, same bytes", _SAME, _same_table(ways, clusters)),
        section("What Ray costs", _COSTS, _cost_table(clusters) if clusters else "Skipped: no Ray here."),
    )
    return text, list(_headlines(ways, clusters))


def pictures(meter: Meter) -> Path:
    """Every so many-th labelled picture, reduced to one shape."""
    folder, names = meter.folder("engines"), sorted(labelled(meter.data).index)
    for i, name in enumerate(names[:: max(1, len(names) // PICTURES)][:PICTURES]):
        with Image.open(meter.data / name) as opened:
            picture = ImageOps.fit(
                opened.convert("RGB"), SIZE, Image.Resampling.LANCZOS, centering=(0.5, 0.3)
            )
        picture.save(folder / f"{i:02}.png")
    return folder


def _ways(folder: Path, meter: Meter) -> Iterator[Way]:
    """The first is what the others are held against."""
    sources, base = find([folder]), Settings(device="cpu", evidence=False)
    out = meter.folder("engines-ways")
    before, took = _timed(sources, base)
    yield Way("as it comes: batch 1, 2 reading threads", took, True)
    for name, order, settings in (
        ("the same again", sources, base),
        ("1 reading thread", sources, replace(base, workers=1)),
        ("3 reading threads", sources, replace(base, workers=3)),
        ("reversed order", sources[::-1], base),
        ("batches of 4", sources, replace(base, batch=4)),
    ):
        found, took = _timed(order, settings)
        yield _against(name, found, took, before, out)
    if importlib.util.find_spec("moto") and importlib.util.find_spec("s3fs"):
        with stored(folder) as url:
            began = time.monotonic()
            found, _ = _timed(find([url]), base)
            yield _against(
                "from S3 (moto's server, this machine)", found, time.monotonic() - began, before, out
            )


def _timed(sources: Sequence[Source], settings: Settings) -> tuple[Measured, float]:
    planned = plan(everything({}), settings)
    began = time.monotonic()
    return run(sources, planned), time.monotonic() - began


def _against(name: str, found: Measured, took: float, before: Measured, out: Path) -> Way:
    """Tables as bytes, images in one order; and where they differ, by how much."""
    same = _csv(found, out) == _csv(before, out)
    values = [{(r.image, r.wanted): r.value for r in each.readings} for each in (before, found)]
    shares = [_share(value, values[1].get(key)) for key, value in values[0].items()]
    return Way(name, took, same, sum(share > 0 for share in shares), max(shares))


def _share(a: float | None, b: float | None) -> float:
    if a is None or b is None:
        return float("inf") if a is not b else 0.0
    return abs(a - b) / max(abs(a), abs(b), 1e-9)


def _csv(measured: Measured, out: Path) -> bytes:
    """measurements.csv with its images sorted, as a reversed run has them in its own order."""
    records = sorted(measured.records, key=lambda each: each.image)
    readings = sorted(measured.readings, key=lambda each: each.image)
    write(judge(records, readings, None, {"date": "none"}), out)
    return (out / "measurements.csv").read_bytes()


@contextmanager
def stored(folder: Path) -> Iterator[str]:
    """The folder's files in a bucket of a server on this machine."""
    import fsspec
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    account = {"endpoint_url": f"http://127.0.0.1:{server.get_host_and_port()[1]}", "key": "x", "secret": "x"}
    fsspec.config.conf["s3"] = account
    store = s3fs.S3FileSystem(**account)
    store.makedirs("pictures")
    store.put(f"{folder}/", f"pictures/{folder.name}/", recursive=True)
    try:
        yield f"s3://pictures/{folder.name}"
    finally:
        del fsspec.config.conf["s3"]
        server.stop()


def _clusters(folder: Path, out: Path) -> dict[str, dict[str, float]]:
    """Runs of tests/engine/on_ray.py, each in its own process with its own cluster."""
    small = out / "small"
    small.mkdir()
    for i in range(SMALL):
        codes = np.random.default_rng(i).integers(0, 256, (48, 32, 3), dtype=np.uint8)
        Image.fromarray(codes).save(small / f"{i:04}.png")
    return {
        "undisturbed": _on_ray(folder, out),
        "a worker killed": _on_ray(folder, out, "--kill"),
        "small": _on_ray(small, out, "--only", CHEAP),
    }


def _on_ray(folder: Path, out: Path, *options: str) -> dict[str, float]:
    command = [sys.executable, str(SCRIPT), str(folder), str(out), *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


def _same_table(ways: Sequence[Way], clusters: dict[str, dict[str, float]]) -> str:
    rows = [
        [
            way.name,
            _yes(way.same),
            str(way.moved),
            f"{way.most:.1g}" if way.moved else "-",
            f"{way.seconds:.1f}",
        ]
        for way in ways
    ]
    for name, label in (
        ("undisturbed", "on Ray"),
        ("a worker killed", "on Ray, a worker killed in the middle"),
    ):
        if name in clusters:
            found = clusters[name]
            rows.append(
                [label, _yes(bool(found["same"])), "0" if found["same"] else "?", "-", f"{found['ray']:.1f}"]
            )
    return table(["way", "byte-identical", "values that differ", "most, as a share", "s"], rows)


def _cost_table(clusters: dict[str, dict[str, float]]) -> str:
    each = list(clusters.values())
    lines: list[tuple[str, Callable[[dict[str, float]], str]]] = [
        ("images", lambda c: str(c["images"])),
        ("here, s", lambda c: f"{c['local']:.1f}"),
        ("start of the cluster, s", lambda c: f"{c['start']:.1f}"),
        ("until the first rows (workers load torch and the networks), s", lambda c: f"{c['first']:.1f}"),
        ("on Ray without the cluster's start, s", lambda c: f"{c['ray']:.1f}"),
        ("here, s per 1,000 images", lambda c: f"{1000 * c['local'] / c['images']:.1f}"),
        ("on Ray after the first rows, s per 1,000 images", lambda c: f"{1000 * c['after']:.1f}"),
        ("workers killed", lambda c: str(c["killed"])),
        ("values lost", lambda c: str(c["lost"])),
        ("tables the same", lambda c: _yes(bool(c["same"]))),
    ]
    names = [
        "undisturbed",
        "a worker killed",
        f"{SMALL} small pictures, {CHEAP.count(',') + 1} cheap measurements",
    ]
    return table(["", *names], [[name, *(show(c) for c in each)] for name, show in lines])


def _headlines(ways: Sequence[Way], clusters: dict[str, dict[str, float]]) -> Iterator[Headline]:
    same = sum(way.same for way in ways[1:])
    yield Headline("batch, threads, order, store: byte-identical tables", f"{same} of {len(ways) - 1}", "all")
    if clusters:
        both = [clusters[name] for name in ("undisturbed", "a worker killed")]
        yield Headline(
            "Ray against here, undisturbed and a worker killed: byte-identical",
            f"{sum(bool(each['same']) for each in both)} of 2",
            "2 of 2",
        )
        small = clusters["small"]
        extra = 1000 * (small["after"] - small["local"] / small["images"])
        yield Headline(f"Ray's overhead on {_cores()} cores, s per 1,000 images", f"{extra:.1f}")


def _yes(true: bool) -> str:
    return "yes" if true else "no"


def _cores() -> int:
    return len(os.sched_getaffinity(0))


_ABOUT = (
    "{} labelled pictures, AI and real, cut to {} x {} pixels so that all share batches; every measurement; "
    "one torch thread per image, no cache. Seconds depend on what else the machine does, and this one was "
    "not quiet: compare them within one table only."
)
_SAME = (
    "`measurements.csv` against that of the first row, images sorted. All on the CPU, where `--batch` only "
    "says how many images wait for each other, since each is measured alone. A GPU measures a batch at "
    "once, and there torch may sum in another order for another batch: last digits may differ; not shown "
    "here."
)
_COSTS = (
    "`tests/engine/on_ray.py`: the same pictures in this process and on a cluster of this machine, whose "
    "start and first rows are timed on their own. Overhead is read from small pictures with cheap "
    "measurements, where hardly anything else is left: both run on the same cores, so the difference is "
    "what Ray adds."
)
