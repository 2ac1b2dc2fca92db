"""PNG without its prompts, so that no metadata can stand in the way of the pixels."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from lightmeter.errors import UnreadableImage

_TEXT = (b"tEXt", b"zTXt", b"iTXt")


def without_text(data: bytes) -> bytes:
    """Drop the text chunks of a PNG. Raises `UnreadableImage` where it does not reach its end.

    Generators store whole node graphs as text, and Pillow refuses an image for text that is over a
    megabyte or has a wrong checksum. It also takes a file of which only the last bytes are missing.
    """
    kept, start, name = [], 0, b""
    for name, at, end in _chunks(data):
        if name in _TEXT:
            kept.append(data[start:at])
            start = end
    if name != b"IEND":
        raise UnreadableImage("broken PNG: image file is truncated")
    return b"".join([*kept, data[start:]]) if kept else data


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte and end of each complete chunk, up to IEND."""
    at, name = 8, b""
    while at + 12 <= len(data) and name != b"IEND":
        (length,) = struct.unpack_from(">I", data, at)
        name, start, at = data[at + 4 : at + 8], at, at + 12 + length
        if at <= len(data):
            yield name, start, at
