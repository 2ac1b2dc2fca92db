"""What a run and a process that decodes for it say to each other: a header in JSON, then plain bytes.

No pickles: a decoder that a hostile file took over could answer with anything, and may not run code here.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

_MOST_HEADER = 1 << 20


class Broken(Exception):
    """The other side ended in the middle, or said what has no meaning."""


def send(stream: BinaryIO, header: dict[str, Any], *contents: memoryview | bytes) -> None:
    """Write one message; the header must tell how long the contents are."""
    words = json.dumps(header).encode()
    stream.write(len(words).to_bytes(4, "big") + words)
    for content in contents:
        stream.write(content)
    stream.flush()


def header_from(stream: BinaryIO) -> dict[str, Any]:
    """The next message's header."""
    length = int.from_bytes(_exactly(stream, 4), "big")
    if length > _MOST_HEADER:
        raise Broken(f"a header of {length} bytes")
    try:
        header = json.loads(_exactly(stream, length))
    except ValueError as error:
        raise Broken("a header that is no JSON") from error
    if not isinstance(header, dict):
        raise Broken("a header that is no object")
    return header


def fill(stream: BinaryIO, content: memoryview) -> None:
    """Read a content of known length into its place."""
    done = 0
    while done < len(content):
        got = stream.readinto(content[done:])  # type: ignore[attr-defined]
        if not got:
            raise Broken("the other side ended")
        done += got


def _exactly(stream: BinaryIO, length: int) -> bytes:
    content = bytearray(length)
    fill(stream, memoryview(content))
    return bytes(content)
