"""The overlays of a batch, brought to the host and packed for a page."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from lightmeter.engine.scene import Scene
from lightmeter.engine.side_by_side import of_each
from lightmeter.measure.overlay import Marks, Overlay, overlays
from lightmeter.measure.records import Drawing, Shape, Spectrum, Wanted

T = TypeVar("T")

_LONG_SIDE = 224
_SHADES = 8
_PARTS = 10_000


def drawn(wanted: Iterable[Wanted]) -> list[tuple[Overlay, Wanted]]:
    """The overlays of the wanted measurements, each once, with the parameters of the first that has it."""
    asked = list(wanted)
    pairs = (
        (each, next((w for w in asked if w.measurement in each.measurements), None)) for each in overlays()
    )
    return [(each, first) for each, first in pairs if first is not None]


def drawings_of(
    scene: Scene, chosen: Iterable[tuple[Overlay, Wanted]], images: int
) -> list[tuple[Drawing, ...]]:
    """For each image, the overlays that have something to show on it."""
    linear: Tensor = scene.input("linear")
    size = (int(linear.shape[2]), int(linear.shape[3]))
    columns = [
        _column(overlay, scene.call(overlay.function, wanted.mapping()), size, images)
        for overlay, wanted in chosen
    ]
    return [tuple(column[i] for column in columns if _shows(column[i])) for i in range(images)]


def _shows(drawing: Drawing) -> bool:
    return bool(drawing.areas or drawing.paths or drawing.rings or drawing.arrows or drawing.spectra)


def _column(overlay: Overlay, marks: Marks, size: tuple[int, int], images: int) -> list[Drawing]:
    """One overlay over the batch."""
    scale = _PARTS / size[0]
    areas = {label: _areas(plane) for label, plane in marks.areas.items()}
    paths = {label: _shapes(each.flatten(2) * scale) for label, each in marks.paths.items()}
    rings = {label: _shapes(each * scale) for label, each in marks.rings.items()}
    arrows = {
        label: _shapes(each * each.new_tensor((scale,) * 4 + (1.0,))) for label, each in marks.arrows.items()
    }
    spectra = {label: _spectra(each) for label, each in marks.spectra.items()}
    return [
        Drawing(
            overlay.name.replace("_", " "),
            overlay.measurements,
            _of(areas, i),
            _of(paths, i),
            _of(rings, i),
            _of(arrows, i),
            _of(spectra, i),
        )
        for i in range(images)
    ]


def _of(columns: Mapping[str, Sequence[T]], i: int) -> dict[str, T]:
    """What image `i` has under each label, where it has anything."""
    return {label: column[i] for label, column in columns.items() if column[i]}


def _shapes(shapes: Tensor) -> list[tuple[Shape, ...]]:
    """Whole figures of those shapes (B, N, K) that are known."""
    known, whole = shapes.isfinite().all(2).cpu(), shapes.nan_to_num().round().long().cpu()
    return [tuple(map(tuple, image[seen].tolist())) for image, seen in zip(whole, known, strict=True)]


def _spectra(spectra: Tensor) -> list[Spectrum]:
    """Three significant digits of (B, K); empty where nothing is known."""
    known = [
        tuple(float(f"{value:.3g}") if math.isfinite(value) else None for value in image)
        for image in spectra.tolist()
    ]
    return [each if any(value is not None for value in each) else () for each in known]


def _areas(planes: Tensor) -> list[bytes]:
    """A greyscale PNG of few shades for each of (B, 1, H, W), empty where nothing is to be seen."""
    height, width = planes.shape[2:]
    scale = min(1.0, _LONG_SIDE / max(height, width))
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    small = F.interpolate(planes.float().nan_to_num(), size, mode="area")[:, 0].clamp(0, 1)
    shades = (small * (_SHADES - 1)).round() * (255 // (_SHADES - 1))
    return of_each(_written, shades.to(torch.uint8).cpu())


def _written(plane: Tensor) -> bytes:
    if not plane.any():
        return b""
    stream = io.BytesIO()
    Image.fromarray(plane.numpy()).save(stream, "PNG", optimize=True)
    return stream.getvalue()
