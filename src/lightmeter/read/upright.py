"""EXIF orientation: found without Pillow's EXIF reader, which warns, and applied to arrays."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

TURNS: dict[int, tuple[bool, tuple[int, ...]]] = {
    2: (False, (1,)),
    3: (False, (0, 1)),
    4: (False, (0,)),
    5: (True, ()),
    6: (True, (1,)),
    7: (True, (0, 1)),
    8: (True, (0,)),
}
"""By orientation: whether rows and columns change places, and which are reversed then."""


def orientation(exif: bytes) -> int:
    """The orientation tag (EXIF 3.0, 0x0112) of the first directory, 1..8; 1 where none can be read."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for i in range(count):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * i)
            if tag == 0x0112:
                return value if value in TURNS else 1
    except struct.error:
        return 1
    return 1


def upright(array: Array, turn: int) -> Array:
    """Turn (H, W, ...) as an orientation of 1..8 asks for."""
    if turn not in TURNS:
        return array
    swapped, reversed_ = TURNS[turn]
    return np.ascontiguousarray(np.flip(array.swapaxes(0, 1) if swapped else array, reversed_))


def turned(turn: int) -> str:
    """The note that a picture was turned."""
    return f"turned upright (EXIF orientation {turn})"
