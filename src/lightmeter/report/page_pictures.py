"""What the page's script draws of one image: its thumbnail, regions, mesh, overlays and extracted subject."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable

from PIL import Image
from pydantic import JsonValue

from lightmeter.measure.records import Drawing, Evidence, Reading
from lightmeter.measure.skin.photographs import photographs

Json = dict[str, JsonValue]


def pictures(evidence: Evidence | None, readings: Iterable[Reading]) -> Json:
    """The thumbnail with all that can be laid over it; empty where the page does not hold the picture."""
    if evidence is None:
        return {"thumb": None, "masks": {}, "mesh": [], "drawings": [], "key": None, "aspect": 1}
    return {
        "thumb": _uri(evidence.thumbnail),
        "masks": {name: _uri(mask) for name, mask in evidence.masks.items()},
        "mesh": [round(10_000 * share) for point in evidence.mesh for share in point],
        "drawings": [_drawing(each) for each in evidence.drawings],
        "key": _key(readings),
        "aspect": _aspect(evidence.thumbnail),
        **({"cut": _uri(evidence.cut)} if evidence.cut else {}),
    }


def spectrum_of_photographs() -> Json:
    """What the chart of a face's spectrum is laid over."""
    known = photographs()
    return {
        "count": known.count,
        "pitches": list(known.pitches),
        "low": list(known.low),
        "middle": list(known.middle),
        "high": list(known.high),
    }


def _drawing(drawing: Drawing) -> Json:
    kinds = {"paths": drawing.paths, "rings": drawing.rings, "arrows": drawing.arrows}
    return {
        "name": drawing.name,
        "measurements": list(drawing.measurements),
        "areas": {label: _uri(plane) for label, plane in drawing.areas.items()},
        "spectra": {label: list(values) for label, values in drawing.spectra.items()},
        **{
            kind: {label: [list(shape) for shape in shapes] for label, shapes in labelled.items()}
            for kind, labelled in kinds.items()
        },
    }


def _key(readings: Iterable[Reading]) -> list[JsonValue] | None:
    """Azimuth and elevation of the key light, where both were measured."""
    found: dict[str, float] = {}
    for reading in readings:
        if reading.value is not None:
            found.setdefault(reading.wanted.measurement, reading.value)
    if "key_azimuth" not in found or "key_elevation" not in found:
        return None
    return [round(found["key_azimuth"], 1), round(found["key_elevation"], 1)]


def _aspect(picture: bytes) -> float:
    """Width over height of the thumbnail: the record's size may be that before rotation."""
    with Image.open(io.BytesIO(picture)) as opened:
        return round(opened.width / opened.height, 4)


def _uri(content: bytes) -> str:
    kind = "png" if content.startswith(b"\x89PNG") else "jpeg" if content.startswith(b"\xff\xd8") else "webp"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
