"""Area averaging that is exact, so that its result depends on no order of summation.

Codes become multiples of 2^-25 (float32's own resolution at mid grey), and the share of a source pixel
in an output pixel is a whole number of 1/output steps. Sums of such products are exact in float64 for
up to 268 megapixels. So a mirrored picture gives exactly the mirrored result, on any machine, with any
number of threads.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from scipy.sparse import csr_array
from torch import Tensor

from lightmeter.read.codes import Encoded

STEP = 2.0**-25
_STRIP_BYTES = 2 << 20  # source rows that are linear at one time: about what a core's cache holds

Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]


def fitted(height: int, width: int, long_side: int) -> tuple[int, int]:
    """(height, width) shrunk so that the longer is at most `long_side`; never enlarged, never below 1."""
    scale = long_side / max(height, width)
    if scale >= 1:
        return height, width
    return max(1, round(height * scale)), max(1, round(width * scale))


def looked_up(encoded: Encoded, table: Floats) -> Floats:
    """`table[encoded]` with channels between rows and columns: (H, W, C) -> (H, C, W) of the table's dtype.

    table: (256,) for uint8, (65536,) for uint16.
    """
    rows, columns, channels = encoded.shape
    out: Any = np.empty((rows, channels, columns), table.dtype)
    for channel in range(channels):
        plane: Any = np.ascontiguousarray(encoded[..., channel])
        if encoded.dtype == np.uint8:
            cv2.LUT(plane, table, dst=out[:, channel])  # three times as fast as indexing
        else:
            out[:, channel] = table[plane]
    found: Floats = out
    return found


def area_average(encoded: Encoded, table: npt.NDArray[np.float64], height: int, width: int) -> Tensor:
    """Mean of `table[encoded]` over the area of each output pixel: (H, W, C) -> (C, height, width) float32.

    table: (256,) or (65536,) values within 0..1; neither axis may be enlarged. Memory is a strip of the
    source in float64 and the result. Products are sparse and by scipy, in the calling thread: a BLAS
    would start its own threads for every small one, and these fight with the engine's.
    """
    rows, columns, channels = encoded.shape
    steps = np.round(table / STEP)
    down, across = _overlaps(rows, height), _overlaps(columns, width)
    size = max(1, _STRIP_BYTES * height // (columns * channels * 8 * rows))
    out = np.empty((channels, height, width), np.float32)
    for top in range(0, height, size):
        bottom = min(top + size, height)
        first, last = top * rows // height, -(-bottom * rows // height)
        strip = looked_up(encoded[first:last], steps).reshape(last - first, -1)
        short = (down[top:bottom, first:last] @ strip).reshape(-1, columns)
        small = (across @ cv2.transpose(short)) * (STEP / (rows * columns))
        out[:, top:bottom] = small.T.reshape(bottom - top, channels, width).swapaxes(0, 1)
    return torch.from_numpy(out)


def _overlaps(source: int, target: int) -> csr_array:
    """How much of each output pixel every source pixel covers: (target, source), rows add up to `source`.

    In units of 1/(source * target) of the axis, output pixel i is [i, i + 1) * source and source pixel j
    is [j, j + 1) * target. So overlaps are whole numbers.
    """
    i = np.arange(target, dtype=np.int64)
    first, last = i * source // target, -(-(i + 1) * source // target)
    starts = np.concatenate([[0], np.cumsum(last - first)])
    i = np.repeat(i, last - first)
    j = np.arange(starts[-1]) - np.repeat(starts[:-1] - first, last - first)
    overlap = np.minimum((i + 1) * source, (j + 1) * target) - np.maximum(i * source, j * target)
    return csr_array((overlap.astype(np.float64), j, starts), shape=(target, source))
