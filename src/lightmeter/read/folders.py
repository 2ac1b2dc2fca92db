"""Files below a folder, and those that a glob matches: sorted, hidden ones left out, loops survived."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePath

from lightmeter.errors import SourceError

_COMMON = (".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".tif", ".tiff", ".bmp")
IMAGE_SUFFIXES = frozenset((*_COMMON, ".gif", ".pbm", ".pgm", ".ppm", ".pnm", ".heic", ".heif", ".jxl"))
"""Files named so are never skipped: if they cannot be read, their row says why."""


MOST_FOLDERS = 50_000
"""Below one PATH. Twenty folders of two links to the next one make a million."""


def natural(path: PurePath) -> list[list[tuple[str, int, str]]]:
    """Sort key of a path: "img2" before "img10", folder by folder, the same on every machine."""
    return [[(*_piece(p),) for p in re.split(r"([0-9]+)", part)] + [("", 0, part)] for part in path.parts]


def _piece(piece: str) -> tuple[str, int, str]:
    return ("", int(piece), "") if re.fullmatch("[0-9]+", piece) else (piece.casefold(), 0, "")


def files_below(folder: Path) -> list[Path]:
    """All files below a folder, as paths relative to it, sorted; hidden files and folders are left out."""
    entered = iter(range(MOST_FOLDERS))
    return sorted((path.relative_to(folder) for path in _walk(folder, frozenset(), entered)), key=natural)


def _walk(folder: Path, above: frozenset[str], entered: Iterator[int]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in above:
        return  # a link to a folder that we are in
    if next(entered, None) is None:
        raise SourceError(f"{folder}: more than {MOST_FOLDERS} folders: links that multiply each other?")
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        if above:
            return  # it went away after it was listed
        raise SourceError(f"{folder}: no such folder") from None
    except OSError as error:
        raise SourceError(f"{folder}: the folder cannot be read: {error.strerror}") from error
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if path.is_dir():
            yield from _walk(path, above | {real}, entered)
        elif path.is_file() or (path.is_symlink() and path.suffix.lower() in IMAGE_SUFFIXES):
            yield path  # a broken link that names an image gets a row which says so


def expanded(path: Path) -> list[Path]:
    """A PATH itself, or the files and folders that it matches if it is a glob; at least one."""
    try:
        if not is_glob(path):
            return [path]
    except ValueError as error:
        raise SourceError(f"{str(path)!r}: not a file name: {error}") from error
    found = matches(path)
    if not found:
        raise SourceError(f"{path}: the glob matches no file")
    return found


def is_glob(path: Path) -> bool:
    """Whether a PATH is a pattern: it has * ? or [ and nothing of that very name exists."""
    return bool(re.search(r"[*?\[]", str(path))) and not os.path.lexists(path)


def matches(pattern: Path) -> list[Path]:
    """What a quoted glob matches, sorted; `**` does not follow links, hidden files do not match."""
    parts = pattern.parts
    magic = next(i for i, part in enumerate(parts) if re.search(r"[*?\[]", part))
    root = Path(*parts[:magic])
    try:
        found = {path for path in root.glob(str(Path(*parts[magic:]))) if _visible(path, root)}
    except (ValueError, OSError) as error:
        raise SourceError(f"{pattern}: not a usable glob: {error}") from error
    # `a/*` of a folder that also matches `a/**` would list its files twice.
    return sorted((p for p in found if p.is_file() or not found & set(p.parents)), key=natural)


def _visible(path: Path, root: Path) -> bool:
    return not any(part.startswith(".") for part in path.relative_to(root).parts)
