"""Contact sheets: pictures sorted by a measurement, for an eye to disagree with. Never committed."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from figures import number
from metering import PARTS, Meter, labelled
from PIL import Image, ImageDraw

from lightmeter.measure.records import Evidence

SHEETS = (
    "skin_texture", "face_contrast", "shadow_gradient", "key_azimuth", "background_uniformity",
    "background_level", "sharpness",
)  # fmt: skip

_SIDE, _CAPTION, _ACROSS, _DOWN = 200, 26, 9, 5
_COLOURS = {"porcelain": "#d33", "natural": "#2a2", "leathery": "#b6f", "yes": "#d33", "no": "#2a2"}


@dataclass(frozen=True)
class Look:
    """How a sheet shows its pictures. label: what the eye said; arrow: degrees, 0 right, 90 up;
    outline: a region of the evidence to draw; face: show the face alone."""

    label: Mapping[str, str] = field(default_factory=dict)
    arrow: Mapping[str, float] = field(default_factory=dict)
    outline: str = ""
    face: bool = False


@dataclass(frozen=True)
class Shown:
    """A picture of a sheet: its file, and what was drawn of it."""

    path: str
    evidence: Evidence | None


def contact_sheet(values: Mapping[str, float], shown: Mapping[str, Shown], out: Path, look: Look) -> None:
    """Pictures in the order of their values, 45 to a page, the value under each; `out` gets a page number."""
    order = sorted((path for path in values if math.isfinite(values[path])), key=lambda path: values[path])
    per_page = _ACROSS * _DOWN
    for page in range(0, len(order), per_page):
        part = order[page : page + per_page]
        sheet = Image.new("RGB", (_ACROSS * _SIDE, _DOWN * (_SIDE + _CAPTION)), "#111")
        for i, path in enumerate(part):
            tile = _tile(path, values[path], shown[path], look)
            sheet.paste(tile, (i % _ACROSS * _SIDE, i // _ACROSS * (_SIDE + _CAPTION)))
        sheet.save(out.with_stem(f"{out.stem}-{page // per_page + 1}"))


def draw_all(meter: Meter, folder: Path) -> None:
    """Every sheet, over the AI galleries and the photographs."""
    folder.mkdir(parents=True, exist_ok=True)
    run = meter.run([meter.data / part for part in PARTS], evidence=True)
    name = {record.image: str(Path(record.path).relative_to(meter.data)) for record in run.images}
    shown = {name[each.image]: Shown(each.path, run.pictures.get(each.image)) for each in run.images}
    values: dict[str, dict[str, float]] = {each: {} for each in (*SHEETS, "key_elevation")}
    for reading in run.readings:
        if reading.wanted.measurement in values and reading.value is not None:
            values[reading.wanted.measurement][name[reading.image]] = reading.value
    for each, look in _looks(meter, values).items():
        contact_sheet(values[each], shown, folder / f"{each}.png", look)


def _looks(meter: Meter, values: Mapping[str, Mapping[str, float]]) -> dict[str, Look]:
    labels = labelled(meter.data)
    eye = {column: labels[column].dropna().to_dict() for column in ("skin", "flat", "key_side", "background")}
    azimuth = values["key_azimuth"]
    arrow = {path: _arrow(azimuth[path], values["key_elevation"][path]) for path in azimuth}
    return {
        "skin_texture": Look(eye["skin"], face=True),
        "face_contrast": Look(eye["flat"], face=True),
        "shadow_gradient": Look(eye["flat"], face=True),
        "key_azimuth": Look(eye["key_side"], arrow, face=True),
        "background_uniformity": Look(eye["background"], outline="background"),
        "background_level": Look(eye["background"], outline="background"),
        "sharpness": Look(),
    }


def _arrow(azimuth: float, elevation: float) -> float:
    """Where the light comes from, in the picture plane."""
    az, el = math.radians(azimuth), math.radians(elevation)
    return math.degrees(math.atan2(math.sin(el), math.sin(az) * math.cos(el)))


def _tile(path: str, value: float, shown: Shown, look: Look) -> Image.Image:
    tile = Image.new("RGB", (_SIDE, _SIDE + _CAPTION), "#111")
    picture = _face(shown) if look.face else _whole(shown, look.outline)
    picture.thumbnail((_SIDE - 2, _SIDE - 2), Image.Resampling.LANCZOS)
    tile.paste(picture, ((_SIDE - picture.width) // 2, 0))
    draw = ImageDraw.Draw(tile)
    said = look.label.get(path, "")
    draw.text((2, _SIDE), f"{number(value, 3)}  {said}", fill=_COLOURS.get(said, "#fff"), font_size=13)
    draw.text((2, _SIDE + 14), path[-34:], fill="#888", font_size=10)
    if path in look.arrow:
        _draw_arrow(draw, look.arrow[path])
    return tile


def _draw_arrow(draw: ImageDraw.ImageDraw, degrees: float) -> None:
    """From the light towards the middle."""
    across, up = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    middle, reach = _SIDE / 2, _SIDE / 2 - 8
    tail, head = ((middle + across * r, middle - up * r) for r in (reach, reach * 0.55))
    draw.line([tail, head], fill="#ff0", width=4)
    draw.ellipse([head[0] - 5, head[1] - 5, head[0] + 5, head[1] + 5], fill="#f00")


def _face(shown: Shown) -> Image.Image:
    """The face from the file itself, with a margin."""
    picture = Image.open(shown.path).convert("RGB")
    if shown.evidence is None or not shown.evidence.mesh:
        return picture
    mesh = np.array(shown.evidence.mesh) * picture.size
    (left, top), (right, bottom) = mesh.min(0), mesh.max(0)
    margin = 0.15 * max(right - left, bottom - top)
    return picture.crop((int(left - margin), int(top - margin), int(right + margin), int(bottom + margin)))


def _whole(shown: Shown, outline: str) -> Image.Image:
    """The thumbnail, what is outside of the region dimmed to a purple."""
    if shown.evidence is None:
        return Image.open(shown.path).convert("RGB")
    picture = Image.open(io.BytesIO(shown.evidence.thumbnail)).convert("RGB")
    mask = shown.evidence.masks.get(outline)
    if not mask:
        return picture
    inside = Image.open(io.BytesIO(mask)).convert("L")
    return Image.composite(
        picture, Image.blend(picture, Image.new("RGB", picture.size, "#60c"), 0.55), inside
    )
