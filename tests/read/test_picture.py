"""Views of a picture: known answers of area averaging, symmetry, edges."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lightmeter.optics.transfer import linear_table
from lightmeter.read.picture import Picture
from lightmeter.read.resample import area_average, fitted


def picture(encoded: np.ndarray, alpha: np.ndarray | None = None) -> Picture:
    return Picture(encoded, alpha, "")


def noise(height: int, width: int, dtype: type = np.uint8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, (height, width, 3), dtype=dtype)


def dense(source: int, target: int) -> np.ndarray:
    """An independent area average: each axis cut into source * target equal pieces, then regrouped."""
    return np.repeat(np.eye(source), target, axis=0).reshape(target, source, source).mean(axis=1)


def test_checker_at_half_size_is_the_mean_of_linear_light() -> None:
    checker = np.indices((64, 64)).sum(axis=0) % 2 * 255
    encoded = np.repeat(checker[..., None], 3, axis=-1).astype(np.uint8)
    frame = picture(encoded).frame(32)
    assert frame.shape == (3, 32, 32) and frame.dtype == torch.float32
    torch.testing.assert_close(frame, torch.full_like(frame, 0.5), atol=1e-7, rtol=0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    ("height", "width", "long_side"), [(7, 5, 3), (30, 41, 40), (9, 100, 33), (50, 1, 7)]
)
def test_fractional_areas_against_an_independent_average(
    dtype: type, height: int, width: int, long_side: int
) -> None:
    encoded = noise(height, width, dtype)
    h, w = fitted(height, width, long_side)
    linear = linear_table(np.iinfo(dtype).max + 1).numpy()[encoded]
    expected = np.einsum("ij,jkc,lk->cil", dense(height, h), linear, dense(width, w))
    np.testing.assert_allclose(picture(encoded).frame(long_side), expected, atol=1e-7)


@pytest.mark.parametrize("long_side", [1024, 61, 50, 13])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_mirrored_picture_gives_exactly_the_mirrored_frame(long_side: int, dtype: type) -> None:
    encoded = noise(47, 61, dtype)
    frame = picture(encoded).frame(long_side)
    assert torch.equal(picture(encoded[:, ::-1]).frame(long_side), frame.flip(-1))
    assert torch.equal(picture(encoded[::-1]).frame(long_side), frame.flip(-2))
    assert torch.equal(picture(encoded.swapaxes(0, 1)).frame(long_side), frame.swapaxes(1, 2))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 90))
def test_a_flat_picture_stays_flat_at_every_size(height: int, width: int, long_side: int) -> None:
    frame = picture(np.full((height, width, 3), 188, np.uint8)).frame(long_side)
    assert max(frame.shape) <= max(long_side, 3) and min(frame.shape) >= 1
    torch.testing.assert_close(frame, torch.full_like(frame, 0.5028865), atol=1e-7, rtol=0)


def test_strips_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = noise(200, 90)
    whole = picture(encoded).frame(70)
    monkeypatch.setattr("lightmeter.read.resample._STRIP_BYTES", 1)
    assert torch.equal(picture(encoded).frame(70), whole)


def test_small_pictures_are_looked_up_and_never_enlarged() -> None:
    encoded = noise(20, 30)
    frame = picture(encoded).frame()
    expected = linear_table(256).float()[torch.from_numpy(encoded).long()].permute(2, 0, 1)
    assert torch.equal(frame, expected) and frame.is_contiguous()


def test_alpha_frame_is_on_the_grid_of_the_frame() -> None:
    alpha = np.zeros((40, 60), np.uint8)
    alpha[:, 30:] = 255
    one = picture(noise(40, 60), alpha)
    found = one.alpha_frame(20)
    assert found is not None and found.shape[1:] == one.frame(20).shape[1:]
    assert torch.equal(found[0, :, :10], torch.zeros(13, 10)) and torch.equal(
        found[0, :, 10:], torch.ones(13, 10)
    )
    assert picture(noise(4, 4)).alpha_frame() is None


def test_window_is_native_and_repeats_the_edge_outside() -> None:
    one = picture(noise(8, 9))
    whole = one.frame()
    assert torch.equal(one.window(2, 3, 4, 5), whole[:, 2:6, 3:8])
    outside = one.window(-2, 7, 12, 5)
    assert outside.shape == (3, 12, 5)
    assert torch.equal(outside[:, 0], outside[:, 2]) and torch.equal(outside[:, :, -1], outside[:, :, 1])
    assert torch.equal(one.window(100, -50, 2, 2), whole[:, -1:, :1].expand(3, 2, 2))
    with pytest.raises(ValueError, match="positive size"):
        one.window(0, 0, 0, 3)


def test_sixteen_bits_are_not_rounded_to_eight() -> None:
    encoded = np.arange(256, dtype=np.uint16)[None, :, None].repeat(3, axis=-1)
    assert len(picture(encoded).frame()[0].unique()) == 256


def test_averaging_leaves_its_input_alone() -> None:
    encoded = noise(20, 20)
    before = encoded.copy()
    area_average(encoded, linear_table(256).numpy(), 7, 7)
    np.testing.assert_array_equal(encoded, before)
