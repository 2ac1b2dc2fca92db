"""Write the validation tables, reports/validation/*.md.

    python tests/validate/run.py [--data DIR] [--only PAGE,...] [--sheets DIR] [--cache FILE]

DIR holds the pictures to check against, by default ../shared/data beside the checkout; where it is absent
this says so and ends well. No picture leaves it: the tables hold figures and names relative to it, and
contact sheets are drawn only into the folder that --sheets names.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "datasets"))

from backdrop_faults import backdrop_faults
from backdrop_tables import backdrop
from beam_tables import beams
from cost_tables import cost
from coverage_tables import coverage
from devices import absent, devices
from engine_tables import engines
from eye_tables import eyes
from figures import Headline, page, section, table
from hair_tables import hair
from light_tables import light
from matte_tables import matte
from metadata_tables import metadata
from metal_tables import metal
from metering import Meter, metering
from robustness_tables import robustness
from shadow_tables import shadows
from sheets import draw_all
from skin_tables import skin
from specification_tables import specification
from statistics_tables import statistics

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / "reports" / "validation"
PAGES: dict[str, Callable[[Meter], tuple[str, list[Headline]]]] = {
    "light": light,
    "shadows": shadows,
    "beams": beams,
    "eyes": eyes,
    "skin": skin,
    "hair": hair,
    "metal": metal,
    "backdrop": backdrop,
    "backdrop-faults": backdrop_faults,
    "matte": matte,
    "coverage": coverage,
    "metadata": metadata,
    "specification": specification,
    "statistics": statistics,
    "robustness": robustness,
    "engines": engines,
    "devices": devices,
    "cost": cost,
}
_FAMILIES = {
    "light": ("light", "frame"),
    "shadows": ("light", "frame"),
    "beams": ("light", "background", "frame"),
    "eyes": ("light", "frame"),
    "skin": ("skin", "light", "frame"),
    "hair": ("hair", "frame"),
    "metal": ("metal", "frame"),
    "backdrop": ("background", "frame"),
    "backdrop-faults": ("background", "frame"),
    "matte": ("background", "frame"),
}
"""What a page reads, where it does not read all."""

HEADLINES = REPORTS / "headlines.json"
"""Those of every page as last written, so that one page can be renewed alone."""

_OTHERS = {
    "mesh.md": "face mesh against MediaPipe; `tests/validate/mesh_oracle.py`",
    "cost.md": "what 10 million images cost, with prices left open",
    "bench-cpu.md": "speed and memory; `make bench`, which writes `bench-NAME.md` beside it on a GPU",
    "bench-peers.md": "beside pyiqa and OpenCLIP; `make bench-peers`",
    "fuzz-hour.md": "an hour of mutated files; `tests/validate/fuzz_hour.py`",
}


def index(headlines: dict[str, list[Headline]]) -> str:
    """README.md: the headline figures beside their floors."""
    rows = [
        [h.what, h.read, h.floor or "-", f"[{name}]({name}.md)"]
        for name, lines in headlines.items()
        for h in lines
    ]
    return page(
        "Validation",
        "Written by `make validate` from a folder of pictures that is not part of the project: photographs "
        "and AI galleries labelled by eye, faces under known light, path-traced heads. Without it, skipped. "
        "All on the CPU, through the same functions as `lightmeter measure`. Floors are what a prototype "
        "reached on the same data before lightmeter was written; misses stand as they are.",
        table(["figure", "read", "floor", "page"], rows),
        section("Besides", "\n".join(f"- [{name}]({name}): {what}" for name, what in _OTHERS.items())),
    )


def main() -> int:
    """Measure, write, and say what was written."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--only", default=",".join(PAGES))
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--cache", type=Path, help="a file that remembers values between runs")
    given = parser.parse_args()
    if not (given.data / "labels.csv").is_file():
        sys.stdout.write("validation skipped: no pictures to check against; name their folder with --data\n")
        return 0
    with metering(given.data.resolve(), given.cache) as meter:
        _write(meter, given.only.split(","))
        if given.sheets:
            draw_all(meter, given.sheets)
    return 0


def _write(meter: Meter, names: list[str]) -> None:
    REPORTS.mkdir(parents=True, exist_ok=True)
    for name in names:
        if name == "devices" and (reason := absent()):
            sys.stdout.write(f"devices.md skipped: {reason}\n")
            continue
        text, headlines = PAGES[name](replace(meter, families=_FAMILIES.get(name, ())))
        (REPORTS / f"{name}.md").write_text(text, encoding="utf-8")
        _remember(name, headlines)
        sys.stdout.write(f"{name}.md written\n")
        sys.stdout.flush()


def _remember(name: str, headlines: list[Headline]) -> None:
    """Keep a page's headlines beside those of the others, and write the index of all."""
    kept = json.loads(HEADLINES.read_text(encoding="utf-8")) if HEADLINES.is_file() else {}
    kept[name] = [asdict(each) for each in headlines]
    ordered = {each: kept[each] for each in PAGES if each in kept}
    HEADLINES.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    pages = {each: [Headline(**line) for line in lines] for each, lines in ordered.items()}
    (REPORTS / "README.md").write_text(index(pages), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
