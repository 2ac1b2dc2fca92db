"""EXIF orientation: found without Pillow's EXIF reader, which warns, and applied to arrays."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_TURNS: dict[int, Callable[[Array], Array]] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: a.swapaxes(0, 1)[::-1],
}


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
                return value if value in _TURNS else 1
    except struct.error:
        return 1
    return 1


def upright(array: Array, turn: int) -> Array:
    """Turn (H, W, ...) as an orientation of 1..8 asks for."""
    return np.ascontiguousarray(_TURNS[turn](array)) if turn in _TURNS else array
