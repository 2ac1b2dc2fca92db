"""The frame of codes that lie on a device already, so that only codes travel there.

A third of a frame's bytes at one megapixel, and the look-up and the averaging are the device's work.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from lightmeter.optics.transfer import linear_from_encoded, linear_table, looked_up
from lightmeter.read.picture import FRAME
from lightmeter.read.resample import STEP, fitted

_STRIP_CODES = 1 << 25
"""Codes that are 64-bit integers at one time: a quarter of a gigabyte for each of some four planes."""


def frame_of(codes: Tensor, long_side: int = FRAME) -> Tensor:
    """(H, W, 3) uint8 or uint16 codes on any device -> what `Picture.frame` gives, to the last bit.

    On a CPU `Picture.frame` is some fifteen times as fast (2 to 33 megapixels, one thread).
    """
    height, width = fitted(codes.shape[0], codes.shape[1], long_side)
    if (height, width) == tuple(codes.shape[:2]):
        return linear_from_encoded(codes).permute(2, 0, 1).contiguous()
    return _averaged(codes, height, width)


def _averaged(codes: Tensor, height: int, width: int) -> Tensor:
    """`resample.area_average` by differences of running sums. The same whole numbers in 64 bits, where no
    sum rounds: so neither the order in which a device adds nor the size of a strip can show."""
    rows, columns, channels = codes.shape
    levels = 256 if codes.dtype == torch.uint8 else 65536
    steps = _steps(levels, codes.device)
    size = max(1, _STRIP_CODES * height // (columns * channels * rows))
    strips = []
    for top in range(0, height, size):
        bottom = min(top + size, height)
        first, last = top * rows // height, -(-bottom * rows // height)
        strip = looked_up(codes[first:last], steps)
        edges = torch.arange(top, bottom + 1, device=codes.device) * rows - first * height
        strips.append(_between(_between(strip, edges, height, 0), _across(codes, width), width, 1))
    whole = torch.cat(strips).double() * (STEP / (rows * columns))
    return whole.float().permute(2, 0, 1).contiguous()


def _across(codes: Tensor, width: int) -> Tensor:
    return torch.arange(width + 1, device=codes.device) * codes.shape[1]


def _between(values: Tensor, edges: Tensor, unit: int, axis: int) -> Tensor:
    """Integrals along an axis, from each edge to the next; a value is `unit` long, edges are in its parts."""
    at = (edges // unit).clamp(max=values.shape[axis] - 1)
    rest = (edges - at * unit).view([-1 if each == axis else 1 for each in range(values.ndim)])
    begun = values.index_select(axis, at)
    before = values.cumsum(axis).index_select(axis, at) - begun
    return (before * unit + begun * rest).diff(dim=axis)


@lru_cache(maxsize=8)
def _steps(levels: int, device: torch.device) -> Tensor:
    """Linear light of each code in whole steps, on a device."""
    return (linear_table(levels) / STEP).round().to(device, torch.int64)
