"""Tiles: native pixels from all over the picture, mirrored with it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lightmeter.read.picture import Picture
from lightmeter.see.natives import natives
from lightmeter.see.tiles import ALONG, SIDE, Tiles, tiles


def picture(codes: np.ndarray) -> Picture:
    return Picture(codes[..., None].repeat(3, 2), None, "")


def cut(codes: np.ndarray, height: int, width: int) -> Tiles:
    """Of one picture whose frame has that size."""
    pictures = (picture(codes),)
    return tiles(pictures, natives(pictures, torch.zeros(1, 3, height, width)))


@pytest.mark.parametrize("size", [(700, 900), (2000, 64), (20, 700), (20, 20)])
def test_shape_and_place(size: tuple[int, int]) -> None:
    found = cut(np.full(size, 128, np.uint8), *size)
    assert found.luma.shape == (1, ALONG**2, SIDE, SIDE)
    assert found.centre.shape == (1, ALONG**2, 2)
    torch.testing.assert_close(found.luma, torch.full_like(found.luma, 128 / 255))
    assert found.open.all()


def test_native_pixels_at_the_centre_they_name() -> None:
    y, x = np.mgrid[:1200, :1500]
    found = cut((20 + 30 * x + y).astype(np.uint16), 600, 750)
    middle = found.luma[0].mean((1, 2)) * 65535
    # Frame pixels are two native ones; the mean of a ramp is its value half a pixel before the centre.
    expected = 20 + 30 * (2 * found.centre[0, :, 0] - 0.5) + 2 * found.centre[0, :, 1] - 0.5
    torch.testing.assert_close(middle, expected, rtol=1e-4, atol=1.0)
    assert (found.luma[0].diff(dim=2) * 65535 - 30).abs().max() < 0.1
    assert float(found.per_frame) == 2


def test_the_mirror_image_has_the_mirrored_tiles() -> None:
    codes = np.random.default_rng(0).integers(30, 200, (333, 517), dtype=np.uint8)
    found, other = (cut(each, 333, 517) for each in (codes, codes[:, ::-1]))
    mirrored = other.luma.reshape(ALONG, ALONG, SIDE, SIDE).flip(1, 3).reshape(1, -1, SIDE, SIDE)
    torch.testing.assert_close(found.luma, mirrored)


def test_tiles_that_touch_either_end_of_the_range_are_not_open() -> None:
    codes = np.full((640, 640), 128, np.uint8)
    codes[:200], codes[-200:] = 255, 0
    found = cut(codes, 640, 640)
    y = found.centre[0, :, 1]
    assert not found.open[0, (y < 180) | (y > 460)].any()
    assert found.open[0, (y > 220) & (y < 420)].all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_rounding_is_that_of_the_depth(kind: type[np.unsignedinteger]) -> None:
    # Rounding leaves an even spread over one code: its variance is 1/12.
    noise = np.random.default_rng(0).normal(0.5, 0.1, (640, 640)).clip(0.1, 0.9) * np.iinfo(kind).max
    found = cut(np.rint(noise).astype(kind), 640, 640)
    assert float(found.rounding) == pytest.approx(
        np.var(np.rint(noise) - noise) / np.iinfo(kind).max ** 2, rel=0.02
    )
