"""Filters against slow, plain implementations and against what they must leave alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lightmeter.optics.filters import (
    box_filter,
    box_filter_each,
    guided_filter,
    resize_weights,
    shrink,
    spread,
)


def noise(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("radius", [0, 1, 4, 40])
def test_box_is_the_mean_of_what_lies_inside(radius: int) -> None:
    x = noise(2, 3, 23, 31)
    size = 2 * radius + 1
    expected = F.avg_pool2d(x, size, 1, radius, count_include_pad=False) if radius < 20 else _mean_of_all(x)
    torch.testing.assert_close(box_filter(x, radius), expected, rtol=1e-5, atol=1e-5)


def _mean_of_all(x: torch.Tensor) -> torch.Tensor:
    return x.mean((-2, -1), keepdim=True).expand_as(x)


def test_box_keeps_a_constant_on_a_large_frame() -> None:
    assert (box_filter(torch.full((1, 1, 1024, 1024), 0.7), 8) - 0.7).abs().max() < 1e-5


def test_box_refuses_a_negative_radius() -> None:
    with pytest.raises(ValueError, match="-1"):
        box_filter(noise(1, 1, 4, 4), -1)


@pytest.mark.parametrize("channels", [1, 3])
def test_guided_filter_solves_each_window(channels: int) -> None:
    """Against least squares, window by window, in float64."""
    guide, x, radius, eps = noise(1, channels, 9, 11), noise(1, 1, 9, 11), 2, 0.01
    expected = _slow_guided(guide[0].double().numpy(), x[0, 0].double().numpy(), radius, eps)
    found = guided_filter(guide, x, radius, eps)[0, 0].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)


def _slow_guided(guide: np.ndarray, x: np.ndarray, radius: int, eps: float) -> np.ndarray:
    c, h, w = guide.shape
    model = np.zeros((c + 1, h, w))
    for i in range(h):
        for j in range(w):
            window = np.s_[max(i - radius, 0) : i + radius + 1, max(j - radius, 0) : j + radius + 1]
            g, v = guide[(slice(None), *window)].reshape(c, -1), x[window].ravel()
            covariance = np.cov(g, bias=True).reshape(c, c) + eps * np.eye(c)
            slope = np.linalg.solve(covariance, (g * v).mean(1) - g.mean(1) * v.mean())
            model[:, i, j] = [*slope, v.mean() - slope @ g.mean(1)]
    size = (2 * radius + 1, 2 * radius + 1)
    counts = cv2.boxFilter(np.ones((h, w)), -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
    sums = [cv2.boxFilter(m, -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT) for m in model]
    mean = np.stack(sums) / counts
    return (mean[:c] * guide).sum(0) + mean[c]


@pytest.mark.parametrize("step", [1, 4])
def test_guided_filter_pulls_a_coarse_edge_to_the_guide(step: int) -> None:
    truth = torch.zeros(1, 1, 96, 96)
    truth[..., 50:] = 1
    guide = (0.2 + 0.5 * truth).expand(-1, 3, -1, -1)
    coarse = F.interpolate(box_filter(truth, 6), scale_factor=1 / step, mode="area")
    found = guided_filter(guide, coarse, 12 // step, 1e-4)
    assert found.shape == truth.shape
    blurred = box_filter(truth, 6)
    assert (found[..., 50] - found[..., 49]).mean() > 4 * (blurred[..., 50] - blurred[..., 49]).mean()


def test_guided_filter_refuses_other_guides() -> None:
    with pytest.raises(ValueError, match="2 channels"):
        guided_filter(noise(1, 2, 8, 8), noise(1, 1, 8, 8), 1, 0.1)


@pytest.mark.parametrize("reach", [1, 2, 3, 7, 16])
def test_spread_is_a_square_maximum(reach: int) -> None:
    """Against torch's own pooling, on sparse points and to the very border."""
    x = (torch.rand(2, 1, 40, 53, generator=torch.Generator().manual_seed(3)) > 0.98).float()
    expected = F.max_pool2d(x, 2 * reach + 1, 1, reach)
    assert torch.equal(spread(x, reach), expected)


def test_a_radius_for_each_of_a_batch() -> None:
    x = noise(3, 2, 20, 30)
    found = box_filter_each(x, torch.tensor([1, 4, 50]))
    for one, radius, expected in zip(x, (1, 4, 50), found, strict=True):
        assert torch.equal(box_filter(one[None], radius)[0], expected)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("length", [7, 16, 45])
def test_resizing_by_weights_is_torchs_own(mode: str, length: int) -> None:
    x = noise(1, 3, length, length)
    weight = resize_weights(torch.tensor(length), 50, 16, cubic=mode == "bicubic")
    assert (weight[:, length:] == 0).all()
    found = weight[:, :length] @ x @ weight[:, :length].mT
    torch.testing.assert_close(
        found, F.interpolate(x, (16, 16), mode=mode, antialias=True), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize("reach", [1, 3])
def test_shrunk_is_the_least_of_what_lies_inside(reach: int) -> None:
    region = noise(1, 2, 17, 21) > 0.1
    least = -F.max_pool2d(-region.float(), 2 * reach + 1, 1, reach)
    assert torch.equal(shrink(region, reach).float(), least)
    assert torch.equal(shrink(region.float(), reach), least)
    assert 0 < least.sum() < region.sum()
