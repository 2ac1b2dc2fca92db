"""A run read back from `measurements.csv`: the records and readings that the engine once handed on."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from lightmeter.errors import SourceError
from lightmeter.measure.records import ImageRecord, Reading, Wanted
from lightmeter.read.harmless import FORMULA

TABLE = "measurements.csv"
REQUIRED = ("image", "variant", "measurement", "value", "unit")
"""Columns without which nothing can be compared; the others may lack."""

_OPTIONAL = ("prompt", "seed", "reason", "error", "parameters")

Row = dict[str, str]


@dataclass(frozen=True)
class Recorded:
    """What one table holds. `name` is what messages call it; one reading per image and thing measured."""

    name: str
    images: tuple[ImageRecord, ...]
    readings: tuple[Reading, ...]

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants of its images, sorted."""
        return tuple(sorted({record.variant for record in self.images}))


def is_run(path: str | Path) -> bool:
    """Whether a path is a recorded run: a folder with `measurements.csv`, or a table of that form."""
    place = Path(path)
    try:
        if place.is_dir():
            return (place / TABLE).is_file()
        return place.suffix.lower() == ".csv" and place.is_file() and _is_long(place)
    except (OSError, ValueError):
        return False


def read_run(path: str | Path) -> Recorded:
    """The run in a folder, or in the table itself.

    Raises SourceError that names the file, and the column that is missing or the line that cannot be read.
    """
    given = Path(path)
    table = given / TABLE if given.is_dir() else given
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            return _Reader(table, str(given)).read(csv.reader(file, strict=True))
    except FileNotFoundError:
        raise SourceError(f"{table}: no such file; `lightmeter measure --out FOLDER` writes one") from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{table}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    except OSError as error:
        raise SourceError(f"{table} cannot be read: {error.strerror}") from error


def _is_long(table: Path) -> bool:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            head = next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error):
        return False
    return {"measurement", "value"} <= set(head)


class _Reader:
    """One table on its way to a run; it knows the line for its refusals."""

    def __init__(self, table: Path, name: str) -> None:
        self.table, self.name, self.line = table, name, 1
        self.images: dict[str, ImageRecord] = {}
        self.readings: dict[tuple[str, Wanted], Reading] = {}

    def read(self, lines: Iterator[list[str]]) -> Recorded:
        try:
            self._columns(head := next(lines, []))
            for cells in lines:
                self.line = getattr(lines, "line_num", self.line + 1)
                if cells:
                    self._take(self._row(head, cells))
        except csv.Error as error:
            raise self._refusal(f"not CSV: {error}") from None
        if not self.images:
            raise SourceError(f"{self.table}: no image in it, only a head")
        return Recorded(self.name, tuple(self.images.values()), tuple(self.readings.values()))

    def _columns(self, head: Sequence[str]) -> None:
        missing = [column for column in REQUIRED if column not in head]
        if missing:
            has = ", ".join(head) or "nothing"
            raise SourceError(f"{self.table}:1: no column {', '.join(map(repr, missing))}; it has {has}")

    def _row(self, head: Sequence[str], cells: Sequence[str]) -> Row:
        if len(cells) != len(head):
            raise self._refusal(f"{len(cells)} cells, but the head has {len(head)}")
        return dict.fromkeys(_OPTIONAL, "") | dict(zip(head, map(verbatim, cells), strict=True))

    def _take(self, row: Row) -> None:
        image = row["image"]
        record = ImageRecord(
            image=image,
            path="",
            status="measured" if row["measurement"] else "skipped",
            variant=row["variant"],
            prompt=row["prompt"] or None,
            seed=self._seed(row["seed"]),
            reason="" if row["measurement"] else row["reason"],
        )
        known = self.images.setdefault(image, record)
        if known != record:
            raise self._refusal(f"{image!r} has another variant, prompt or seed than above")
        if row["measurement"]:
            self._read(row)

    def _read(self, row: Row) -> None:
        wanted = Wanted.of(row["measurement"], self._parameters(row["parameters"]))
        value = self._number(row, "value")
        reason = row["reason"] if value is None else ""
        key = (row["image"], wanted)
        if key in self.readings:
            raise self._refusal(f"{wanted.measurement!r} of {row['image']!r} for the second time")
        error = self._number(row, "error")
        self.readings[key] = Reading(row["image"], wanted, row["unit"], value, reason, error)

    def _number(self, row: Row, column: str) -> float | None:
        """A finite number; an empty cell, or one that says so, is not measured and never 0."""
        text = row[column].strip()
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            raise self._refusal(f"{column} {text!r} is not a number") from None
        return number if math.isfinite(number) else None

    def _seed(self, text: str) -> int | None:
        if not text.strip():
            return None
        try:
            return int(text)
        except ValueError:
            pass
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not number.is_integer():
            raise self._refusal(f"seed {text!r} is not a whole number")
        return int(number)  # "12.0", as a spreadsheet or pandas leaves it

    def _parameters(self, text: str) -> dict[str, JsonValue]:
        try:
            found = json.loads(text) if text.strip() else {}
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise self._refusal(f"parameters {text!r} are not a JSON object")
        return found

    def _refusal(self, what: str) -> SourceError:
        return SourceError(f"{self.table}:{self.line}: {what}")


def verbatim(cell: str) -> str:
    """Undo the quote that keeps spreadsheets from running a text cell as a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
