"""Recorded runs joined into one, as where the shards of a big folder were measured on several machines."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import JsonValue

from lightmeter.compare.arms import run_names, two_units
from lightmeter.compare.recorded import Recorded
from lightmeter.measure.records import ImageRecord, Reading, Wanted

_ALIKE = ("version", "device", "weights", "clip", "packages")
"""What runs should have had in common, by their run.json."""

Image = tuple[ImageRecord, tuple[Reading, ...]]


def merged(runs: Sequence[Recorded]) -> Recorded:
    """All images in the order of the runs. One that several runs have alike is one image; where they differ,
    each is named after its run. Raises SourceError where a measurement has two units."""
    _check_units(runs)
    found: dict[str, list[tuple[int, Image]]] = defaultdict(list)
    for number, run in enumerate(runs):
        for image in _images(run):
            if all(image != other for _, other in found[image[0].image]):
                found[image[0].image].append((number, image))
    names = run_names(runs)
    images = [
        _named(image, f"{names[number]}/{name}") if len(each) > 1 else image
        for name, each in found.items()
        for number, image in each
    ]
    records, readings = (record for record, _ in images), (r for _, own in images for r in own)
    return Recorded(", ".join(names), tuple(records), tuple(readings))


def about(runs: Sequence[Recorded]) -> dict[str, JsonValue]:
    """For `run.json`: what was joined, and a note on each thing that the runs do not have in common."""
    told = [_told(Path(run.name)) for run in runs]
    differing = [key for key in _ALIKE if len({json.dumps(each.get(key)) for each in told if each}) > 1]
    devices = sorted({str(each["device"]) for each in told if "device" in each})
    notes: list[JsonValue] = [f"the runs were not made alike: {', '.join(differing)}"] if differing else []
    known: dict[str, JsonValue] = {"merged": [run.name for run in runs], "device": ", ".join(devices)}
    return known | ({"notes": notes} if notes else {})


def _check_units(runs: Sequence[Recorded]) -> None:
    units: dict[Wanted, str] = {}
    for run in runs:
        for reading in run.readings:
            known = units.setdefault(reading.wanted, reading.unit)
            if known != reading.unit:
                raise two_units(reading.wanted, known, reading.unit, run)


def _images(run: Recorded) -> Iterator[Image]:
    own: dict[str, list[Reading]] = defaultdict(list)
    for reading in run.readings:
        own[reading.image].append(reading)
    for record in run.images:
        yield record, tuple(own[record.image])


def _named(image: Image, name: str) -> Image:
    record, readings = image
    return replace(record, image=name), tuple(replace(reading, image=name) for reading in readings)


def _told(run: Path) -> dict[str, JsonValue]:
    try:
        found = json.loads(((run if run.is_dir() else run.parent) / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
