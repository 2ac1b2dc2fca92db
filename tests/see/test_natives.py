"""Native pixels on the device: the very pixels that `Picture.window` cuts, of any batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.read.picture import Picture
from lightmeter.see.natives import Natives, averaged, natives

FRAME = torch.zeros(1, 3, 40, 60)


def picture(height: int, width: int, kind: type[np.unsignedinteger], seed: int = 0) -> Picture:
    codes = np.random.default_rng(seed).integers(0, np.iinfo(kind).max, (height, width, 3), dtype=kind)
    codes.flags.writeable = False
    return Picture(codes, None, "")


def at(first: Sequence[int], length: int, step: int = 1) -> Tensor:
    """(B, 1, length) from `first` of each picture on."""
    return torch.tensor(first)[:, None, None] + step * torch.arange(length)


def cut(found: Natives, tops: Sequence[int], lefts: Sequence[int], height: int, width: int) -> Tensor:
    return found.cut(at(tops, height), at(lefts, width))[:, 0]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("corner", [(3, 5), (-7, -9), (35, 50), (100, -90)])
def test_a_window_is_that_of_the_picture(kind: type[np.unsignedinteger], corner: tuple[int, int]) -> None:
    one = picture(40, 60, kind)
    found = cut(natives((one,), FRAME), corner[:1], corner[1:], 11, 16)
    assert torch.equal(found[0], one.window(*corner, 11, 16))


def test_pictures_of_other_sizes_and_depths_do_not_meet() -> None:
    many = picture(40, 60, np.uint8), picture(80, 120, np.uint16, 1), picture(120, 180, np.uint8, 2)
    tops, lefts = (-2, 70, 3), (50, -4, 170)
    found = cut(natives(many, FRAME), tops, lefts, 14, 15)
    for one, top, left, window in zip(many, tops, lefts, found, strict=True):
        assert torch.equal(window, one.window(top, left, 14, 15))


def test_averages_are_those_of_pooling_and_of_each_picture_its_own() -> None:
    many = picture(40, 60, np.uint8), picture(80, 120, np.uint8, 1)
    by = torch.tensor([2, 3])
    found = natives(many, FRAME)
    rows = torch.tensor([4, 6])[:, None, None] + by[:, None, None] * torch.arange(5)
    light = averaged(found.cut, rows, rows, by, 4)
    for i, (one, top, k) in enumerate(zip(many, (4, 6), (2, 3), strict=True)):
        assert torch.equal(light[i, 0], F.avg_pool2d(one.window(top, top, 5 * k, 5 * k), k))


def test_a_plane_beside_the_pixels_is_nothing_outside() -> None:
    found = natives((picture(40, 60, np.uint8), picture(20, 30, np.uint8)), FRAME)
    rows, columns = at((-2, 15), 10), at((55, -3), 8)
    seen = found.looked_up(torch.ones(40 * 60 + 20 * 30), rows, columns)[:, 0]
    assert seen.sum((1, 2)).tolist() == [8 * 5, 5 * 5]
    assert torch.equal(seen[:, None] > 0, found.inside(rows, columns))
