"""Files that are either whole or absent: written beside their place, then renamed into it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from lightmeter.errors import LightmeterError


def folder(out: Path) -> Path:
    """The folder for a run's files, made if needed; a LightmeterError where it cannot be."""
    if out.exists() and not out.is_dir():
        raise LightmeterError(f"{out} is a file: --out needs a folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LightmeterError(f"{out} cannot be made a folder: {error.strerror}") from error
    return out


def place(path: Path, content: bytes) -> Path:
    """Write one file atomically: a reader sees the old content or the new, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        return draft.replace(path)
    except OSError as error:
        raise LightmeterError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
