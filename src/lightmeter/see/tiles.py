"""Small native-resolution squares from all over the picture: what grain and detail are read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.optics.spectrum import periodogram
from lightmeter.optics.transfer import LUMINANCE_WEIGHTS
from lightmeter.read.picture import Picture
from lightmeter.see.natives import Natives
from lightmeter.see.provide import provides

SIDE = 32
"""Native pixels along a tile: four blocks of a codec."""

ALONG = 20
"""Tiles along either side of the picture: 400 in all, which cover a picture of 0.4 megapixels once."""


_CLIPPED = 4 / 255


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
def tiles(pictures: Sequence[Picture], natives: Natives) -> Tiles:
    """Cut them; of `pictures` only the depth of their codes."""
    top, left = (_starts(length) for length in (natives.height, natives.width))
    luma = _luma(natives, top, left).flatten(0, 1)
    luma = luma.view(-1, ALONG, SIDE, ALONG, SIDE).transpose(2, 3).reshape(-1, ALONG**2, SIDE, SIDE)
    unclipped = (luma.amin((2, 3)) > _CLIPPED) & (luma.amax((2, 3)) < 1 - _CLIPPED)
    y, x = top[:, :, None].expand(-1, -1, ALONG), left[:, None].expand(-1, ALONG, -1)
    centre = torch.stack((x, y), 3).flatten(1, 2) + SIDE / 2
    scale = natives.per_frame
    step = constant(tuple(1 / np.iinfo(each.encoded.dtype).max for each in pictures), luma)
    return Tiles(luma, periodogram(luma), unclipped, centre / scale[:, None, None], scale, step**2 / 12)


def _luma(natives: Natives, top: Tensor, left: Tensor) -> Tensor:
    """(B, 1, T S, T S) of the tiles at those rows and columns (B, T), side by side."""
    along = torch.arange(SIDE, device=top.device)
    rows, columns = ((each[:, :, None] + along).flatten(1)[:, None] for each in (top, left))
    codes = natives.coded(rows, columns).float()
    return codes @ (constant(LUMINANCE_WEIGHTS, codes) / natives.white)


def _starts(length: Tensor) -> Tensor:
    """(B, T) first pixels of the tiles along sides (B,); mirrored, they are the same pixels."""
    room = (length - SIDE).clamp_min(0)[:, None]
    half = (2 * torch.arange(ALONG // 2, device=length.device) * room + ALONG - 1) // (2 * (ALONG - 1))
    return torch.cat((half, (room - half).flip(1)), 1)
