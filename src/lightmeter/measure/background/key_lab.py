"""The key colour that was asked for, as a colour."""

from __future__ import annotations

import re
from collections.abc import Sequence

from torch import Tensor

from lightmeter.errors import RubricError
from lightmeter.optics.colour import lab
from lightmeter.optics.constants import constant
from lightmeter.optics.transfer import linear_from_encoded
from lightmeter.see.provide import provides

_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


@provides
def key_lab(linear: Tensor, key_colour: str | Sequence[int]) -> Tensor:
    """(1, 3, 1, 1) Lab of the requested key colour, on the device of the frame `linear`."""
    encoded = constant(rgb(key_colour), linear) / 255
    return lab(linear_from_encoded(encoded)[None, :, None, None])


def rgb(key_colour: str | Sequence[int]) -> tuple[int, int, int]:
    """sRGB 0..255 of "#ff0080", "255/0/128", "255,0,128" or [255, 0, 128]."""
    if isinstance(key_colour, str) and (match := _HEX.fullmatch(key_colour.strip())):
        red, green, blue = bytes.fromhex(match[1])
        return red, green, blue
    try:
        parts = re.split(r"[/, ]+", key_colour.strip()) if isinstance(key_colour, str) else key_colour
        red, green, blue = (int(part) for part in parts)
    except (TypeError, ValueError):
        raise RubricError(f"key_colour {key_colour!r}: give #rrggbb or red/green/blue of 0 to 255") from None
    if not all(0 <= value <= 255 for value in (red, green, blue)):
        raise RubricError(f"key_colour {key_colour!r}: each of red/green/blue is 0 to 255")
    return red, green, blue
