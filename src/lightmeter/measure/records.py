"""What the engine hands on: one record per image, one reading per image and wanted measurement."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

Status = Literal["measured", "refused", "skipped"]
"""`refused`: an image that could not be read; `skipped`: a file that never was an image."""


@dataclass(frozen=True)
class Wanted:
    """One measurement with the parameters that it is asked for; parameters as sorted JSON, "{}" if none."""

    measurement: str
    parameters: str = "{}"

    @staticmethod
    def of(measurement: str, parameters: Mapping[str, JsonValue] | None = None) -> Wanted:
        """Build from a mapping, so that equal parameters in any order are equal."""
        return Wanted(measurement, json.dumps(dict(parameters or {}), sort_keys=True, ensure_ascii=False))

    def mapping(self) -> dict[str, JsonValue]:
        """The parameters as a mapping."""
        loaded: dict[str, JsonValue] = json.loads(self.parameters)
        return loaded


Shape = tuple[int, ...]
Spectrum = tuple[float | None, ...]


@dataclass(frozen=True)
class Drawing:
    """One overlay of an image: what it is called, and the measurements that it explains.

    `areas` holds label -> greyscale PNG of the picture's shape, white where it is. The others hold label ->
    shapes in ten-thousandths of the picture's height from its top left: paths as x, y, x, y, ...; rings
    as x, y, radius; arrows as tail x, y, tip x, y and half the angle of their cone in degrees; spectra as
    contrast in % at each pitch, None where it is not known.
    """

    name: str
    measurements: tuple[str, ...]
    areas: Mapping[str, bytes] = field(default_factory=dict)
    paths: Mapping[str, tuple[Shape, ...]] = field(default_factory=dict)
    rings: Mapping[str, tuple[Shape, ...]] = field(default_factory=dict)
    arrows: Mapping[str, tuple[Shape, ...]] = field(default_factory=dict)
    spectra: Mapping[str, Spectrum] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """What a report draws of an image.

    `thumbnail` is WebP; `masks` holds region name -> 1-bit PNG of the thumbnail's size ("skin", "hair",
    "subject", "background"); `points` is the mesh as `packed` has it, empty where no face was found;
    `drawings` are the overlays of what was measured; `cut` is WebP of the thumbnail's size, the extracted
    subject with straight alpha, empty where it was not asked for or is not known.
    """

    thumbnail: bytes
    masks: Mapping[str, bytes] = field(default_factory=dict)
    points: bytes = b""
    drawings: tuple[Drawing, ...] = ()
    cut: bytes = b""

    @staticmethod
    def packed(mesh: Iterable[tuple[float, float]]) -> bytes:
        """Landmarks, shares of width and height in -3..3, to ten-thousandths."""
        return array("h", (round(10_000 * share) for point in mesh for share in point)).tobytes()

    @property
    def mesh(self) -> tuple[tuple[float, float], ...]:
        """The 478 landmarks, or none."""
        flat = array("h", self.points)
        return tuple((x / 10_000, y / 10_000) for x, y in zip(flat[::2], flat[1::2], strict=True))


@dataclass(frozen=True)
class ImageRecord:
    """One file of a run. `image` is its name as given, relative to PATH, and unique in the run."""

    image: str
    path: str
    status: Status
    variant: str = ""
    prompt: str | None = None
    seed: int | None = None
    reason: str = ""
    digest: str = ""
    width: int = 0
    height: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One value: finite, or None with its reason. error: its standard error in the unit, where known."""

    image: str
    wanted: Wanted
    unit: str
    value: float | None
    reason: str
    error: float | None = None
