"""Recorded runs, made from numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from lightmeter.compare.recorded import Recorded
from lightmeter.measure.records import ImageRecord, Reading, Wanted

Given = tuple[str, str | None, int | None, float | None]
"""Variant, prompt, seed, value."""

HEAD = "image,variant,prompt,seed,measurement,value,error,unit,reason,parameters"


@pytest.fixture
def recorded() -> Callable[..., Recorded]:
    """A run of one or more measurements: name -> what each image has."""

    def make(unit: str = "stop", **measured: Sequence[Given]) -> Recorded:
        images: dict[str, ImageRecord] = {}
        readings = []
        for name, given in measured.items():
            for i, (variant, prompt, seed, value) in enumerate(given):
                image = f"{variant}/{i}.png"
                images[image] = ImageRecord(image, "", "measured", variant, prompt, seed)
                reason = "" if value is not None else "no face"
                readings.append(Reading(image, Wanted(name), unit, value, reason))
        return Recorded("made", tuple(images.values()), tuple(readings))

    return make


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """A folder with a measurements.csv of these lines."""

    def write(*lines: str, head: str = HEAD, name: str = "run") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "measurements.csv").write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
        return folder

    return write
