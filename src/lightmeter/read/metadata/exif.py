"""Texts of an EXIF block or a TIFF: comments, descriptions, and where tools hide their graphs."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from lightmeter.read.metadata.bounded import MOST_BYTES

_TEXTS = {
    0x010D: "DocumentName",
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x013B: "Artist",
    0x9286: "UserComment",
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9C9F: "XPSubject",
    0x02BC: "XMP",
    0x83BB: "IPTC",
}
_EXIF_DIRECTORY = 0x8769
_SIZES = {1: 1, 2: 1, 6: 1, 7: 1}
_MOST_ENTRIES = 500

Read = Callable[[int, int], bytes]
"""(offset, length) to bytes; fewer where the data ends."""


def exif_texts(read: Read) -> Iterator[tuple[str, bytes]]:
    """Name and raw value of each text of the first directory and of the EXIF directory."""
    head = read(0, 8)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return
    (first,) = struct.unpack_from(f"{order}I", head, 4)
    # The EXIF directory is visited once, so that no loop of directories can hold us.
    directories = [first]
    for at in directories:
        for tag, kind, count, value, field in _entries(read, order, at):
            if tag == _EXIF_DIRECTORY and len(directories) == 1:
                directories.append(value)
            elif tag in _TEXTS and kind in _SIZES and 0 < count <= MOST_BYTES:
                raw = field[:count] if count <= 4 else read(value, count)
                if len(raw) == count:
                    yield _TEXTS[tag], raw


def _entries(read: Read, order: str, at: int) -> Iterator[tuple[int, int, int, int, bytes]]:
    head = read(at, 2)
    if len(head) < 2:
        return
    (count,) = struct.unpack(f"{order}H", head)
    table = read(at + 2, 12 * min(count, _MOST_ENTRIES))
    for start in range(0, len(table) - 11, 12):
        tag, kind, length, value = struct.unpack_from(f"{order}HHII", table, start)
        yield tag, kind, length, value, table[start + 8 : start + 12]


def exif_text(name: str, raw: bytes) -> str:
    """A raw value as text: "UserComment" names its own encoding, XP tags are UTF-16, the rest UTF-8."""
    if name.startswith("XP"):
        return raw.decode("utf-16-le", "replace").rstrip("\0")
    if name == "UserComment":
        code, body = raw[:8], raw[8:]
        if code == b"UNICODE\0":
            return utf16(body)
        if code in (b"ASCII\0\0\0", bytes(8)):
            return unicode(body)
    return unicode(raw)


def utf16(raw: bytes) -> str:
    """UTF-16 in the order that has the zero bytes of Latin letters where they belong: tools use either."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace").rstrip("\0")
    big = raw[0::2].count(0) >= raw[1::2].count(0)
    return raw.decode("utf-16-be" if big else "utf-16-le", "replace").rstrip("\0")


def unicode(raw: bytes) -> str:
    """UTF-8 where it is that, else Latin-1, which PNG and EXIF were meant to hold."""
    raw = raw.strip(b"\0")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
