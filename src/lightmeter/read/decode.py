"""A file's bytes to a `Picture`, or to the reason why not. Safe in threads."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import numpy as np

from lightmeter.errors import UnreadableImage
from lightmeter.read.isolated import isolated
from lightmeter.read.limits import Limits
from lightmeter.read.matted import coverage, over_black
from lightmeter.read.picture import Picture
from lightmeter.read.remote import is_remote
from lightmeter.read.remote_content import content
from lightmeter.read.unpack import Unpacked


def decode(path: Path, limits: Limits = Limits()) -> Picture:
    """Read one image and decode it in a process of its own; raises `UnreadableImage`, and nothing else."""
    data = bytes_of(path, limits)
    return picture(isolated(data, limits), hashlib.sha256(data).hexdigest())


def picture(found: Unpacked, digest: str) -> Picture:
    """The picture of a file whose sha256 is `digest`: what was transparent lies over black."""
    codes, alpha, notes = found.codes, found.alpha, found.notes
    if alpha is None or int(alpha.min()) == np.iinfo(alpha.dtype).max:
        return Picture(codes, None, digest, notes)
    return Picture(over_black(codes, alpha), coverage(alpha), digest, (*notes, "alpha over black"))


def bytes_of(path: Path, limits: Limits = Limits(), size: int | None = None) -> bytes:
    """The bytes of a regular file, or of an object of that size, within the limit; raises `UnreadableImage`
    with the reason."""
    if is_remote(path):
        return content(path, limits.bytes, size)
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise UnreadableImage("a folder, not a file")
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableImage("not a regular file")
        if found.st_size > limits.bytes:
            raise UnreadableImage(f"too large: {found.st_size} bytes; the limit is {limits.bytes}")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableImage("no such file") from error
    except (OSError, ValueError) as error:
        raise UnreadableImage(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not data:
        raise UnreadableImage("empty file (0 bytes)")
    return data
