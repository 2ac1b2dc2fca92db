"""The frame of codes on a device: what `Picture.frame` gives, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from lightmeter.optics import transfer
from lightmeter.optics.transfer import linear_table
from lightmeter.read import frame
from lightmeter.read.frame import _between, frame_of
from lightmeter.read.picture import Picture


def noise(height: int, width: int, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(3).integers(0, np.iinfo(dtype).max + 1, (height, width, 3), dtype=dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    ("height", "width", "long_side"), [(7, 5, 3), (30, 41, 41), (30, 41, 40), (9, 100, 33), (50, 1, 7)]
)
def test_codes_on_a_device_give_the_frame_of_the_host_to_the_last_bit(
    device: str, dtype: type, height: int, width: int, long_side: int
) -> None:
    encoded = noise(height, width, dtype)
    found = frame_of(torch.from_numpy(encoded).to(device), long_side)
    assert found.device.type == device and found.is_contiguous()
    assert torch.equal(found.cpu(), Picture(encoded, None, "").frame(long_side))


def test_strips_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = torch.from_numpy(noise(200, 90))
    whole = frame_of(codes, 70)
    monkeypatch.setattr("lightmeter.read.frame._STRIP_CODES", 1)
    assert torch.equal(frame_of(codes, 70), whole)


def test_sums_beyond_64_bits_come_back() -> None:
    """White of 16384 x 16384: each column adds up to 2^39, and the whole, 1024 times over, to 2^63."""
    columns = torch.full((1, 16384), 2**39)
    areas = _between(columns, torch.arange(1025) * 16384, 1024, 1)
    assert torch.equal(areas, torch.full((1, 1024), 2**53))


def test_nothing_of_a_frame_is_left_on_the_host() -> None:
    """On a device that is not there, tensors without memory; one on the host among them would raise."""
    tables = (linear_table, transfer._single, frame._steps)
    for each in tables:
        each.cache_clear()
    with FakeTensorMode(allow_non_fake_inputs=False):
        for dtype in (torch.uint8, torch.uint16):
            for size in ((1024, 700, 3), (4320, 7680, 3)):
                found = frame_of(torch.empty(size, dtype=dtype, device="cuda"))
                assert found.device.type == "cuda" and max(found.shape) == 1024
    for each in tables:
        each.cache_clear()
