"""What is known of a picture before looking at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.read.picture import Picture
from lightmeter.see.provide import provides


@dataclass(frozen=True)
class Facts:
    """width, height: (B,) native pixels, upright."""

    width: Tensor
    height: Tensor


@provides
def facts(pictures: Sequence[Picture], linear: Tensor) -> Facts:
    """Native sizes, on the device of the frame `linear`."""
    return Facts(
        constant(tuple(each.width for each in pictures), linear),
        constant(tuple(each.height for each in pictures), linear),
    )
