"""Small native-resolution squares from all over the picture: what grain and detail are read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from lightmeter.optics.spectrum import periodogram
from lightmeter.optics.transfer import LUMINANCE_WEIGHTS
from lightmeter.read.picture import Picture
from lightmeter.see.provide import provides

SIDE = 32
"""Native pixels along a tile: four blocks of a codec."""

ALONG = 20
"""Tiles along either side of the picture: 400 in all, which cover a picture of 0.4 megapixels once."""


@dataclass(frozen=True)
class Tiles:
    """T = 400 squares on an even lattice over each picture, never resampled.

    luma: (B, T, S, S) gamma-coded luma, 0..1, S = 32. power: (B, T, S, S // 2 + 1) its periodograms.
    open: (B, T) bool, nowhere at either end of the range. centre: (B, T, 2) frame pixels x, y. per_frame:
    (B,) native pixels along a frame pixel. rounding: (B,) variance that rounding to the codes leaves of grey;
    of colours, whose channels round apart, it leaves half.
    """

    luma: Tensor
    power: Tensor
    open: Tensor
    centre: Tensor
    per_frame: Tensor
    rounding: Tensor


@provides
def tiles(pictures: Sequence[Picture], linear: Tensor) -> Tiles:
    """Cut them. linear: the frame (B, 3, H, W), for its scale and device."""
    scale = linear.new_tensor([max(each.width, each.height) for each in pictures]) / max(linear.shape[2:])
    luma, unclipped, centre = (
        torch.stack(each).to(linear.device)
        for each in zip(*(_cut(picture) for picture in pictures), strict=True)
    )
    step = linear.new_tensor([1 / np.iinfo(each.encoded.dtype).max for each in pictures])
    return Tiles(luma, periodogram(luma), unclipped, centre / scale[:, None, None], scale, step**2 / 12)


_CLIPPED = 4 / 255


def _cut(picture: Picture) -> tuple[Tensor, Tensor, Tensor]:
    """Luma (T, S, S), whether unclipped (T,), and centres (T, 2) in native pixels."""
    rows, columns = (_starts(length) for length in (picture.height, picture.width))
    down, across = ((starts[:, None] + np.arange(SIDE)).ravel() for starts in (rows, columns))
    down, across = down.clip(0, picture.height - 1), across.clip(0, picture.width - 1)
    found = picture.encoded[down][:, across]
    weight = np.array([LUMINANCE_WEIGHTS], np.float32) / np.iinfo(found.dtype).max
    luma = torch.from_numpy(cv2.transform(found.astype(np.float32), weight))
    luma = luma.reshape(ALONG, SIDE, ALONG, SIDE).transpose(1, 2)
    luma = luma.reshape(-1, SIDE, SIDE)
    unclipped = (luma.amin((1, 2)) > _CLIPPED) & (luma.amax((1, 2)) < 1 - _CLIPPED)
    y, x = np.meshgrid(rows, columns, indexing="ij")
    centre = torch.from_numpy(np.stack((x.ravel(), y.ravel()), 1)).float() + SIDE / 2
    return luma, unclipped, centre


def _starts(length: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """First pixels of the tiles along a side; mirrored, they are the same pixels."""
    room = max(0, length - SIDE)
    half = np.floor(np.arange(ALONG // 2) * room / (ALONG - 1) + 0.5).astype(np.int64)
    return np.concatenate((half, (room - half)[::-1]))
