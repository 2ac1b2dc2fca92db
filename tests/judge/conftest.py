"""A small world of fake measurements, and builders for records and rubrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lightmeter.judge.model import Criterion, Rubric
from lightmeter.measure.records import ImageRecord, Reading, Wanted
from lightmeter.measure.registry import Measurement, PerImage
from lightmeter.see.provide import inputs_of


def _plain(linear: Any) -> PerImage:
    raise NotImplementedError


def _tinted(linear: Any, key_colour: Any) -> PerImage:
    raise NotImplementedError


def _worded(linear: Any, wanted: Any, against: Any, templates: Any = ("{}",)) -> PerImage:
    raise NotImplementedError


def _fake(name: str, unit: str, low: float, high: float, function: Callable[..., PerImage]) -> Measurement:
    bounds, inputs = (low, high), inputs_of(function)
    return Measurement(name, unit, bounds, "fake", function, inputs, "same", "same", "same", 0.1)


@pytest.fixture(scope="session")
def known() -> dict[str, Measurement]:
    fakes = [
        _fake("skin_texture", "%", 0, 100, _plain),
        _fake("face_contrast", "stop", 0, 16, _plain),
        _fake("shadow_gradient", "stop/face-width", 0, 16, _plain),
        _fake("key_azimuth", "deg", -180, 180, _plain),
        _fake("key_elevation", "deg", -90, 90, _plain),
        _fake("key_fill_ratio", "stop", 0, 16, _plain),
        _fake("background_uniformity", "deltaE00", 0, 200, _plain),
        _fake("background_level", "ratio", 0, 1, _plain),
        _fake("key_colour_error", "deltaE00", 0, 200, _tinted),
        _fake("chroma_purity", "ratio", 0, 1, _tinted),
        _fake("material_similarity", "ratio", 0, 1, _worded),
        _fake("megapixels", "megapixel", 0, 10_000, _plain),
        _fake("aspect_ratio", "ratio", 0, 1_000, _plain),
        _fake("sharpness", "ratio", 0, 1, _plain),
        _fake("saturation", "ratio", 0, 1, _plain),
        _fake("face_count", "count", 0, 1_000, _plain),
        _fake("face_share", "ratio", 0, 1, _plain),
        _fake("clipped_highlights", "ratio", 0, 1, _plain),
        _fake("crushed_shadows", "ratio", 0, 1, _plain),
    ]
    return {m.name: m for m in fakes}


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Write a rubric file and give its path."""

    def write(text: str, name: str = "mine.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def rubric_of() -> Callable[[Mapping[str, Criterion]], Rubric]:
    return lambda criteria: Rubric(name="r", title="t", source="s", criteria=dict(criteria))


@pytest.fixture(scope="session")
def image_of() -> Callable[..., ImageRecord]:
    def build(image: str, status: str = "measured", variant: str = "", reason: str = "") -> ImageRecord:
        return ImageRecord(image, image, status, variant=variant, reason=reason)  # type: ignore[arg-type]

    return build


@pytest.fixture(scope="session")
def reading_of() -> Callable[..., Reading]:
    def build(image: str, measure: str, value: float | None, reason: str = "") -> Reading:
        return Reading(image, Wanted(measure), "%", value, reason)

    return build
