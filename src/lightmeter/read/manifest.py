"""Lists of images: .csv and .jsonl files with the columns path[, variant, prompt, seed]."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightmeter.errors import SourceError
from lightmeter.read import remote
from lightmeter.read.remote_content import content

SUFFIXES = (".csv", ".jsonl")

_MOST_BYTES = 1 << 30
"""Of a manifest in a store."""

Row = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True)
class Entry:
    """One line of a manifest. `given`: its path as written; `variant`: None without such a column."""

    given: str
    path: Path
    variant: str | None
    prompt: str | None
    seed: int | None


def is_manifest(path: Path) -> bool:
    """Whether a file is a list of images, which its extension decides: it is a name that a person wrote."""
    return path.suffix.lower() in SUFFIXES


def read_manifest(path: Path, confined: bool = False) -> list[Entry]:
    """All entries in their order; paths are relative to the manifest. Raises `SourceError` with the line.

    confined: refuse a manifest of strangers that names a file outside its own folder, by a link too.
    """
    try:
        data = _bytes(path)
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SourceError(f"{path}, line {line}: not UTF-8; save the manifest as UTF-8") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    rows = _jsonl(text, path) if path.suffix.lower() == ".jsonl" else _csv(text, path)
    entries: list[Entry] = []
    lines: dict[str, int] = {}
    for line, row in rows:
        entry = _entry(row, path, line)
        key = remote.same(entry.path) if remote.is_remote(entry.path) else os.path.normpath(entry.path)
        if key in lines:
            raise SourceError(f"{path}, line {line}: path {entry.given!r} is already on line {lines[key]}")
        if confined and not _is_below(entry.path, path.parent):
            raise SourceError(f"{path}, line {line}: {entry.given!r} is outside the manifest's folder")
        lines[key] = line
        entries.append(entry)
    if not entries:
        raise SourceError(f"{path}: an empty manifest; it needs a `path` and at least one image")
    return entries


def _bytes(path: Path) -> bytes:
    return content(path, _MOST_BYTES) if remote.is_remote(path) else path.read_bytes()


def _is_below(path: Path, folder: Path) -> bool:
    if remote.is_remote(folder) or remote.is_remote(path):
        return remote.is_remote(folder) and remote.is_below(path, folder)
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _csv(text: str, path: Path) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""))
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            if not header and any(cells):
                header = [cell.strip().lower() for cell in cells]
                if "path" not in header:
                    raise SourceError(f"{path}, line {line}: no column `path`; found: {', '.join(header)}")
            elif any(cells):
                yield line, dict(zip(header, cells, strict=False))
            line = reader.line_num + 1  # a quoted prompt may span lines: name the first one
    except csv.Error as error:
        raise SourceError(f"{path}, line {line}: bad CSV: {error}") from error


def _jsonl(text: str, path: Path) -> Iterator[Row]:
    # Not splitlines(): JSON strings may hold U+2028 and its like.
    for line, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            row = json.loads(written)
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{path}, line {line}: bad JSON: {error}") from error
        if not isinstance(row, dict):
            raise SourceError(f'{path}, line {line}: not an object; one line is {{"path": "a.png"}}')
        yield line, row


def _entry(row: Mapping[str, Any], manifest: Path, line: int) -> Entry:
    given = row.get("path")
    if not isinstance(given, str) or not given.strip():
        what = "no `path`" if given is None else f"a path must be text, not {given!r}"
        raise SourceError(f"{manifest}, line {line}: {what}")
    if "\0" in given or not Path(given).name:
        raise SourceError(f"{manifest}, line {line}: {given!r} is not the name of a file")
    try:
        place = _place(given, manifest.parent)
    except SourceError as error:
        raise SourceError(f"{manifest}, line {line}: {error}") from error
    return Entry(
        given,
        place,
        (_text(row, "variant", manifest, line) or "") if "variant" in row else None,
        _text(row, "prompt", manifest, line),
        _seed(row.get("seed"), manifest, line),
    )


def _place(given: str, folder: Path) -> Path:
    """What an entry names: in a store nothing but objects, on this machine files and, by a URL, objects."""
    if remote.is_remote(folder):
        return remote.joined(folder, given)
    return remote.located(given) if "://" in given and remote.is_url(given) else folder / given


def _text(row: Mapping[str, Any], name: str, manifest: Path, line: int) -> str | None:
    value = row.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str | int | float):
        return str(value)
    raise SourceError(f"{manifest}, line {line}: {name} must be text, not {json.dumps(value)[:40]}")


def _seed(value: Any, manifest: Path, line: int) -> int | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        if isinstance(value, str | int) and not isinstance(value, bool):
            return int(str(value).removesuffix(".0"))  # tables with gaps write 7 as 7.0
        if isinstance(value, float) and value.is_integer():
            return int(value)
    except ValueError:
        pass
    raise SourceError(f"{manifest}, line {line}: seed must be a whole number, not {value!r}")
