"""The scans of a JPEG, counted without decoding it."""

from __future__ import annotations

import re

_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
"""In scan data 255 is followed by 0 or by a restart marker; anything else begins a segment."""

_SCAN, _END = 0xDA, 0xD9


def scans(data: bytes) -> int:
    """How many scans a decoder finds from the start to the end marker (ISO/IEC 10918-1, B.1)."""
    found, at = 0, 2
    while segment := _MARKER.search(data, at):
        kind = segment[1][0]
        if kind == _END:
            break
        found += kind == _SCAN
        # Its length counts itself; a lie only moves on, never back.
        at = segment.end() + max(2, int.from_bytes(data[segment.end() : segment.end() + 2]))
    return found
