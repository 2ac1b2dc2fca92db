"""What the segments of a JPEG say, read without decoding it."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
"""In scan data 255 is followed by 0 or by a restart marker; anything else begins a segment. More of 255 may
stand before; to leave them out is 15 times as fast as to match them."""

_SCAN, _END, _EXIF, _PROFILE, _ADOBE = 0xDA, 0xD9, 0xE1, 0xE2, 0xEE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_HUFFMAN = frozenset((0xC0, 0xC1, 0xC2))
"""Baseline, extended and progressive; the others are lossless, hierarchical or arithmetic."""


@dataclass(frozen=True)
class Segments:
    """width, height: as stored, before any turn. whole: an end marker follows the last scan. plain: 8 bits,
    Huffman codes, grey or YCbCr, as nearly all files are. exif, profile: the bytes of both, empty where the
    file has none."""

    width: int
    height: int
    grey: bool
    plain: bool
    scans: int
    whole: bool
    exif: bytes
    profile: bytes


def scans(data: bytes) -> int:
    """How many scans a decoder finds from the start to the end marker (ISO/IEC 10918-1, B.1)."""
    return sum(kind == _SCAN for kind, _ in _segments(data))


def segments(data: bytes) -> Segments | None:
    """All that is said around the pixels; None where no frame is found, or more than one."""
    found = list(_segments(data))
    frames = [(kind, body) for kind, body in found if kind in _FRAMES]
    if len(frames) != 1 or len(frames[0][1]) < 9:
        return None
    kind, frame = frames[0]
    bits, height, width, components = struct.unpack_from(">BHHB", frame)
    adobe = next((body[11] for each, body in found if each == _ADOBE and len(body) > 11), 1)
    numbers = tuple(frame[6::3][:components])
    plain = kind in _HUFFMAN and bits == 8
    plain &= components == 1 or (numbers == (1, 2, 3) and adobe == 1)
    return Segments(
        width=width,
        height=height,
        grey=components == 1,
        plain=plain,
        scans=sum(each == _SCAN for each, _ in found),
        whole=found[-1][0] == _END,
        exif=b"".join(_named(found, _EXIF, b"Exif\0\0")[:1]),
        profile=b"".join(each[2:] for each in sorted(_named(found, _PROFILE, b"ICC_PROFILE\0"))),
    )


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each marker with what follows its length, to the end marker or the last that there is."""
    at = 2
    while segment := _MARKER.search(data, at):
        kind = segment[1][0]
        if kind == _END:
            yield kind, b""
            return
        # Its length counts itself; a lie only moves on, never back.
        at = segment.end() + max(2, int.from_bytes(data[segment.end() : segment.end() + 2]))
        yield kind, data[segment.end() + 2 : at]


def _named(found: list[tuple[int, bytes]], kind: int, name: bytes) -> list[bytes]:
    return [body[len(name) :] for each, body in found if each == kind and body.startswith(name)]
