"""Text hidden in the lowest bits of alpha, as NovelAI and a web UI extension write it. Decodes pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lightmeter.errors import UnreadableImage
from lightmeter.read.decode import bytes_of, picture
from lightmeter.read.isolated import isolated
from lightmeter.read.metadata.bounded import MOST_BYTES, Hostile, inflated

_MARKS = {b"stealth_pngcomp": True, b"stealth_pnginfo": False}
_MARK_BYTES = 15


def stealth_text(image: Path | bytes) -> str | None:
    """The text, which runs down the columns, eight bits a byte; None where there is none."""
    try:
        data = bytes_of(image) if isinstance(image, Path) else image
        alpha = picture(isolated(data), "").alpha
        if alpha is None:
            return None
        bits = alpha.T & 1
        columns = -(-8 * (_MARK_BYTES + 4) // bits.shape[1])
        head = np.packbits(bits[:columns].ravel()).tobytes()
        packed = _MARKS.get(head[:_MARK_BYTES])
        length = int.from_bytes(head[_MARK_BYTES : _MARK_BYTES + 4], "big") // 8
        if packed is None or length > MOST_BYTES:
            return None
        end = _MARK_BYTES + 4 + length
        columns = -(-8 * end // bits.shape[1])
        body = np.packbits(bits[:columns].ravel()).tobytes()[_MARK_BYTES + 4 : end]
        return (inflated(body) if packed else body).decode("utf-8")
    except (UnreadableImage, Hostile, UnicodeDecodeError):
        return None
