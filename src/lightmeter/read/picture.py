"""One decoded image, and the views that measurements are given of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lightmeter.optics.transfer import linear_table
from lightmeter.read.codes import Encoded
from lightmeter.read.resample import Floats, area_average, fitted, looked_up

FRAME = 1024
"""Pixels along the longer side of a frame, at the most."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One decoded image: native integer pixels, sRGB primaries and transfer, upright.

    Kept as integers because an 8K image as float32 is 400 MB; linear floats exist only in views.
    encoded: (H, W, 3) uint8 or uint16; what was transparent is composited over black in linear light.
    alpha: (H, W) uint8, None where opaque everywhere. digest: sha256 of the file's bytes, hex.
    notes: what was done on the way here, for people.
    """

    encoded: Encoded
    alpha: npt.NDArray[np.uint8] | None
    digest: str
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Native pixels from left to right, upright."""
        return int(self.encoded.shape[1])

    @property
    def height(self) -> int:
        """Native pixels from top to bottom, upright."""
        return int(self.encoded.shape[0])

    def frame(self, long_side: int = FRAME) -> Tensor:
        """(3, h, w) float32 scene-linear, 0..1; the longer of h and w is at most `long_side`.

        Averaged over areas in linear light, as a sensor with larger pixels would; never enlarged.
        The frame of the mirrored picture is exactly the mirrored frame.
        """
        height, width = fitted(self.height, self.width, long_side)
        if (height, width) == (self.height, self.width):
            return _planes(looked_up(self.encoded, _tables(self.encoded)[1]))
        return area_average(self.encoded, _tables(self.encoded)[0], height, width)

    def alpha_frame(self, long_side: int = FRAME) -> Tensor | None:
        """(1, h, w) float32 coverage in 0..1, on the grid of `frame`; None where opaque everywhere."""
        if self.alpha is None:
            return None
        height, width = fitted(self.height, self.width, long_side)
        return area_average(self.alpha[..., None], np.arange(256) / 255, height, width)

    def window(self, top: int, left: int, height: int, width: int) -> Tensor:
        """(3, height, width) float32 scene-linear native pixels; outside the picture its edge is repeated."""
        if height < 1 or width < 1:
            raise ValueError(f"a window needs a positive size, not {height} x {width}")
        rows = np.arange(top, top + height).clip(0, self.height - 1)
        columns = np.arange(left, left + width).clip(0, self.width - 1)
        # Cut by slices first: indexing with arrays would walk the whole picture's rows.
        cut = self.encoded[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        cut = cut[np.ix_(rows - rows[0], columns - columns[0])]
        return _planes(looked_up(cut, _tables(cut)[1]))


def _planes(linear: Floats) -> Tensor:
    return torch.from_numpy(linear).transpose(0, 1).contiguous()


def _tables(encoded: Encoded) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Scene-linear value of each code, in double and in single precision."""
    return _tables_of(256 if encoded.dtype == np.uint8 else 65536)


@lru_cache(maxsize=2)
def _tables_of(levels: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    exact = linear_table(levels).numpy()
    return exact, exact.astype(np.float32)
