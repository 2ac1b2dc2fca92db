"""Files that are either whole or absent: written beside their place, then renamed into it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from lightmeter.errors import LightmeterError
from lightmeter.read.remote import is_url


def folder(out: Path) -> Path:
    """The folder for a run's files, made if needed; a LightmeterError where it cannot be."""
    if is_url(out):
        raise LightmeterError(f"{out}: --out is a folder of this machine; copy it to a store afterwards")
    if out.exists() and not out.is_dir():
        raise LightmeterError(f"{out} is a file: --out needs a folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LightmeterError(f"{out} cannot be made a folder: {error.strerror}") from error
    return out


def place(path: Path, content: bytes) -> Path:
    """Write one file atomically: a reader sees the old content or the new, never a part."""
    return place_all(path.parent, [(path.name, content)])[0]


def place_all(target: Path, contents: Iterable[tuple[str, bytes]]) -> list[Path]:
    """Write several files that belong together: all as drafts first, then renamed, the last one last.

    Whatever fails while they are made or written (a full disk, say) leaves the old files as they were. The
    old last file goes before the first rename, so that the last file stands only beside those of its own.
    """
    drafts: list[tuple[Path, Path]] = []
    try:
        for name, content in contents:
            drafts.append((_draft(target / name), target / name))
            _write(*drafts[-1], content)
        if len(drafts) > 1:
            drafts[-1][1].unlink(missing_ok=True)
        for draft, path in drafts:
            _renamed(draft, path)
    finally:
        for draft, _ in drafts:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
    return [path for _, path in drafts]


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _write(draft: Path, path: Path, content: bytes) -> None:
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # a rename may reach the disk before the content does
    except OSError as error:
        raise _refusal(path, error) from error


def _renamed(draft: Path, path: Path) -> None:
    try:
        draft.replace(path)
    except OSError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> LightmeterError:
    return LightmeterError(f"{path} cannot be written: {error.strerror}")
