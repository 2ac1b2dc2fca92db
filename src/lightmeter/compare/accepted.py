"""An accepted baseline, a small text file for a repository made by `lightmeter bless`; the origin of a run.

As CSV, a few lines `# version: 0.1.0` and then one line per image; as JSON, the same. A column is called
`face_contrast [stop]`, with parameters after it where it was measured with any.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from lightmeter.compare.recorded import Recorded, read_run, verbatim
from lightmeter.errors import SourceError
from lightmeter.measure.records import ImageRecord, Reading, Wanted

TITLE = "lightmeter baseline 1"
UNKNOWN = "unknown"
ABOUT = ("image", "variant", "prompt", "seed")
DIGITS = 6
"""Significant digits of a value: a gate rounds both sides to them, so that nothing differs by rounding."""

_COLUMN = re.compile(r"(.+?) \[([^\]]*)\](?: (\{.*\}))?", re.DOTALL)


@dataclass(frozen=True)
class Origin:
    """What made a run: lightmeter's version, the rubric's name and digest, the networks' digest.

    "" where not known; the digest is "none" where no rubric was asked.
    """

    version: str = ""
    rubric: str = ""
    digest: str = ""
    weights: str = ""

    def against(self, other: Origin) -> Iterator[tuple[str, str, str]]:
        """What differs, where both know it: the part, and both sides."""
        for part, mine, its in (
            ("version", self.version, other.version),
            ("rubric", self.digest, other.digest),
            ("weights", self.weights, other.weights),
        ):
            if mine and its and mine != its:
                yield part, mine[:12], its[:12]

    @property
    def known(self) -> bool:
        return bool(self.version and self.digest)


def read_either(path: str | Path) -> tuple[Recorded, Origin]:
    """A run's folder or table with what `run.json` says of it, or an accepted baseline."""
    place = Path(path)
    if place.is_file() and (place.suffix.lower() == ".json" or _is_accepted(place)):
        return _accepted(place)
    return read_run(path), _origin(place if place.is_dir() else place.parent)


def rounded(value: float) -> float:
    """To the digits of a baseline."""
    return float(f"{value:.{DIGITS}g}")


def column(wanted: Wanted, unit: str) -> str:
    """`chroma_purity [ratio] {"key_colour": "#ff0080"}`."""
    parameters = "" if wanted.parameters == "{}" else f" {wanted.parameters}"
    return f"{wanted.measurement} [{unit}]{parameters}"


def _origin(folder: Path) -> Origin:
    try:
        said = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Origin()
    if not isinstance(said, Mapping):
        return Origin()
    rubric = said.get("rubric")
    named = rubric if isinstance(rubric, Mapping) else {"digest": "none" if "rubric" in said else ""}
    given = (said.get("version"), named.get("name"), named.get("digest"), said.get("weights"))
    return Origin(*(each if isinstance(each, str) else "" for each in given))


def _is_accepted(place: Path) -> bool:
    with place.open("rb") as file:
        return file.read(64).startswith(f"# {TITLE}".encode())


def _accepted(place: Path) -> tuple[Recorded, Origin]:
    try:
        text = place.read_bytes().decode("utf-8-sig")  # a prompt keeps its own line breaks
        head, table = _from_json(text) if place.suffix.lower() == ".json" else _from_csv(text)
        known = {each.name for each in fields(Origin)}
        origin = Origin(**{key: value for key, value in head.items() if key in known and value != UNKNOWN})
        return _recorded(str(place), table), origin
    except OSError as error:
        raise SourceError(f"{place} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, csv.Error) as error:
        raise SourceError(f"{place}: no baseline of `lightmeter bless`: {error}") from None


def _from_csv(text: str) -> tuple[dict[str, str], list[list[str]]]:
    head = {}
    while text.startswith("#"):
        line, _, text = text.partition("\n")
        key, _, value = line[1:].strip().partition(": ")
        head[key] = value.strip()
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    return head, [[verbatim(cell) for cell in row] for row in rows if row]


def _from_json(text: str) -> tuple[dict[str, str], list[list[str]]]:
    found = json.loads(text)
    if found["format"] != TITLE:
        raise ValueError(f"format {found['format']!r}, not {TITLE!r}")
    head = {key: value for key, value in found.items() if isinstance(value, str)}
    return head, [["" if cell is None else str(cell) for cell in row] for row in found["table"]]


def _recorded(name: str, table: Sequence[Sequence[str]]) -> Recorded:
    if len(table) < 2 or tuple(table[0][: len(ABOUT)]) != ABOUT:
        raise ValueError(f"it needs the columns {', '.join(ABOUT)} and an image")
    asked = [_wanted(cell) for cell in table[0][len(ABOUT) :]]
    images, readings = [], []
    for number, row in enumerate(table[1:], 2):
        if len(row) != len(table[0]):
            raise ValueError(f"row {number} of the table has {len(row)} cells, its head {len(table[0])}")
        image, variant, prompt, seed = row[: len(ABOUT)]
        images.append(
            ImageRecord(image, "", "measured", variant, prompt or None, int(seed) if seed else None)
        )
        for (wanted, unit), cell in zip(asked, row[len(ABOUT) :], strict=True):
            value = float(cell) if cell else None
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{cell!r} in row {number} is not a finite number")
            readings.append(Reading(image, wanted, unit, value, "" if cell else "not measured then"))
    if len({record.image for record in images}) != len(images):
        raise ValueError("an image stands in it twice")
    return Recorded(name, tuple(images), tuple(readings))


def _wanted(cell: str) -> tuple[Wanted, str]:
    found = _COLUMN.fullmatch(cell)
    if found is None:
        raise ValueError(f"column {cell!r} is not `measurement [unit]`")
    parameters = json.loads(found[3]) if found[3] else {}
    return Wanted.of(found[1], parameters), found[2]
