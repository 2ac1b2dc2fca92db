"""cost.md: what many images cost, from measured figures of other pages and prices that are left open."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from figures import Headline, page, section, table
from metering import Meter

REPORTS = Path(__file__).resolve().parents[2] / "reports" / "validation"
IMAGES = 10_000_000
SHARD = 100_000

EXAMPLE = {"c": 0.04, "g": 2.50, "b": 0.02, "q": 0.0004}
"""Round numbers to show the arithmetic; they are nobody's offer."""

MEGABYTES = 1.5
"""Of a PNG of 1024 x 1024 pixels, about."""


def cost(meter: Meter | None = None) -> tuple[str, list[Headline]]:
    """The page; it has no headline, since nothing in it is measured anew."""
    speed, cores = measured()
    text = page(
        "What 10 million images cost",
        _ABOUT,
        section("Measured", _measured_table(speed, cores)),
        section("Left open", table(["variable", "what", "unit"], _VARIABLES)),
        section("Formulas, for N images", _FORMULAS.format(IMAGES, SHARD)),
        section(f"N = {IMAGES:,}", _LINES, _total_table(speed, cores)),
        section("What stays the same, and what does not", _NOTES.format(SHARD)),
    )
    return text, []


def measured() -> tuple[dict[str, float], int]:
    """Images per second by the bench, by run; and the cores that it had."""
    text = (REPORTS / "bench-cpu.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"\| (cache off[^|]*) \| ([0-9.]+) \|", text))
    cores = re.search(r"(\d+) cores", text)
    return {name.strip(): float(speed) for name, speed in rows.items()}, int(cores[1]) if cores else 1


def overhead() -> str:
    """Ray's, as engines.md last had it."""
    known = json.loads((REPORTS / "headlines.json").read_text(encoding="utf-8")).get("engines", [])
    found = [line["read"] for line in known if line["what"].startswith("Ray's overhead")]
    return found[0] if found else "not measured"


def _core_hours(speed: float, cores: int) -> float:
    return IMAGES * cores / speed / 3600


def _measured_table(speed: Mapping[str, float], cores: int) -> str:
    rows = [
        [f"{name}, images/s on {cores} cores", f"{each:.2f}", "[bench-cpu.md](bench-cpu.md)"]
        for name, each in speed.items()
    ]
    rows += [
        [f"{name}, core-seconds an image", f"{cores / each:.2f}", "the same"] for name, each in speed.items()
    ]
    rows.append(["Ray's overhead, s per 1,000 images", overhead(), "[engines.md](engines.md)"])
    return table(["figure", "read", "page"], rows)


def _total_table(speed: Mapping[str, float], cores: int) -> str:
    """Formulas with the measured figures put in, and what they come to at the example's prices."""
    each, gigabytes = EXAMPLE, IMAGES * MEGABYTES / 1000
    rows = []
    for name, per_second in speed.items():
        hours = _core_hours(per_second, cores)
        rows.append([f"CPU, {name}", f"{hours:,.0f} c", f"{hours * each['c']:,.0f}"])
    rows += [
        ["GPU", f"{IMAGES / 3600:,.0f} g / r", "not measured"],
        [f"bytes, at {MEGABYTES} MB an image", f"{gigabytes:,.0f} b", f"{gigabytes * each['b']:,.0f}"],
        ["requests, one GET an image", f"{IMAGES / 1000:,.0f} q", f"{IMAGES / 1000 * each['q']:,.0f}"],
    ]
    prices = ", ".join(f"{name} = {price:g}" for name, price in each.items() if name in "cbq")
    return table(["", "cost", f"at {prices}"], rows)


_VARIABLES = [
    ["c", "price of a CPU core", "per core-hour"],
    ["g", "price of a GPU with its host", "per GPU-hour"],
    ["r", "images that a GPU measures; no figure is measured here, so none is stated", "per second"],
    ["b", "price of what leaves the store", "per GB"],
    ["q", "price of requests", "per 1,000 GETs"],
]
_ABOUT = (
    "Measured figures are those of this folder, on the machine and of the pictures that its pages name; "
    "prices are variables, since they are yours. A core elsewhere is another core: run `make bench` on the "
    "machine that you mean to rent, and put its figure in."
)
_LINES = (
    "The last column only shows the arithmetic, at round prices in one currency that are nobody's offer; put "
    "in your own."
)
_FORMULAS = """\
- CPU: N x (core-seconds an image) / 3600 x c
- GPU: N / r / 3600 x g
- Store: N x (GB an image) x b + N / 1000 x q, each time that images are measured. An object is read once,
  twice under `--spec`; a sidecar costs two small GETs; listing is one request per 1,000 objects.
- Ray: N / 1000 x (its overhead per 1,000 images) x (cores) / 3600 x c, beside the start of each cluster.
- Wall clock: core-hours over the cores that are rented at once; shards do not wait for each other.

For N = {:,}: shards of {:,} images, a prefix or a manifest each, measured with
`lightmeter measure SHARD --engine ray --out ...`, and `lightmeter merge` over their tables."""
_NOTES = """\
- Values do not depend on how the work is cut: shards, engines and orders give the same tables
  ([engines.md](engines.md)). A shard that is run again after a stop reads its objects again, but measures
  only what is new to the caches of its machines.
- Pictures larger than 1024 pixels cost more to decode, and their skin more to measure; everything else is
  measured on frames of at most 1024 pixels.
- A driver holds the list and the table of its shard in memory: shards of {:,} keep both small. `measure`
  keeps no pictures; `score` keeps thumbnails and overlays of images on disk until its report is written."""
