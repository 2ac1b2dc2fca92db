"""Filters of windows against the closed forms of their gains."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lightmeter.optics.spectrum import (
    band,
    band_gain,
    bands,
    blurred,
    gaussian_response,
    periodogram,
    radius,
    ring_density,
)

SIDE = 160


def wave(cycles: int, across: bool = True) -> Tensor:
    """(1, 1, S, S) cosine with a whole number of cycles per window, so that it wraps without a seam."""
    line = torch.cos(2 * math.pi * cycles * torch.arange(SIDE) / SIDE)
    plane = line.expand(SIDE, SIDE)
    return (plane if across else plane.T)[None, None]


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("across", [True, False])
@pytest.mark.parametrize(("cycles", "sigma"), [(4, 2.0), (24, 1.0), (24, 0.5), (50, 0.7)])
def test_a_wave_is_scaled_by_its_closed_form(cycles: int, sigma: float, across: bool) -> None:
    u = 2 * (math.pi * sigma * cycles / SIDE) ** 2
    x, s = wave(cycles, across), torch.tensor([sigma])
    torch.testing.assert_close(blurred(x, s), math.exp(-u) * x, atol=1e-5, rtol=0)
    torch.testing.assert_close(band(x, s), (math.exp(-u) - math.exp(-4 * u)) * x, atol=1e-5, rtol=0)


def test_a_stride_takes_every_so_many_pixels_of_the_blur() -> None:
    x, sigma = noise(2, 3, SIDE, SIDE), torch.tensor([0.7, 6.0])
    torch.testing.assert_close(blurred(x, sigma, 4), blurred(x, sigma)[..., ::4, ::4], atol=1e-6, rtol=0)


def test_many_bands_are_each_the_difference_of_its_blurs() -> None:
    x, sigmas = noise(2, 3, SIDE, SIDE), (torch.tensor([0.7, 1.0]), torch.tensor([2.0, 0.5]))
    for found, sigma in zip(bands(x, sigmas), sigmas, strict=True):
        expected = blurred(x, sigma) - blurred(x, 2 * sigma)
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_the_band_peaks_where_the_docstring_says() -> None:
    # d/du (e^-u - e^-4u) = 0 at u = ln 4 / 3: f = sqrt(u / 2) / (pi sigma) = 0.153 / sigma, gain 0.4725.
    f = torch.linspace(0.001, 0.5, 5000, dtype=torch.float64)
    u = 2 * (math.pi * f) ** 2
    gain = torch.exp(-u) - torch.exp(-4 * u)
    assert float(f[gain.argmax()]) == pytest.approx(0.153, abs=1e-3)
    assert float(gain.max()) == pytest.approx(0.472, abs=1e-3)
    half = f[gain > gain.max() / 2]
    assert (float(half[0]), float(half[-1])) == pytest.approx((0.07, 0.27), abs=0.005)


def test_a_constant_has_no_band_and_survives_a_blur() -> None:
    level = torch.full((1, 2, SIDE, SIDE), 0.37)
    assert band(level, torch.tensor([1.3])).abs().max() < 1e-6
    torch.testing.assert_close(blurred(level, torch.tensor([1.3])), level)


def test_each_image_has_a_band_of_its_own() -> None:
    x, sigma = noise(3, 2, 64, 64), torch.tensor([0.5, 1.0, 4.0])
    together = band(x, sigma)
    for i in range(3):
        torch.testing.assert_close(together[i : i + 1], band(x[i : i + 1], sigma[i : i + 1]))


def test_white_noise_keeps_the_share_of_its_spectrum() -> None:
    # Parseval: the variance that is left is the mean over all frequencies of the squared gain; for a Gaussian
    # well inside the window that is 1 / (4 pi sigma^2).
    left = float(blurred(noise(1, 40, SIDE, SIDE), torch.tensor([2.0])).var())
    assert left == pytest.approx(1 / (4 * math.pi * 4), rel=0.03)


def test_more_blur_leaves_less() -> None:
    x = noise(1, 1, SIDE, SIDE)
    left = [float(blurred(x, torch.tensor([s])).var()) for s in (0.0, 0.5, 1.0, 2.0, 4.0)]
    assert left == sorted(left, reverse=True)
    assert left[0] == pytest.approx(float(x.var()), rel=1e-5)


def test_the_response_of_a_blur_is_one_at_rest_and_falls() -> None:
    response = gaussian_response(32, torch.tensor([1.0, 2.0]))
    assert response.shape == (2, 32, 17)
    assert (response[:, 0, 0] == 1).all()
    assert (response[:, 0].diff(dim=1) < 0).all()


def test_white_noise_has_its_variance_at_every_frequency() -> None:
    found = periodogram(0.3 * noise(400, 32, 32)).mean(0)
    inner = found[radius(32, found.device) > 0.08]
    assert float(inner.mean()) == pytest.approx(0.09, rel=0.02)
    assert float(inner.std() / inner.mean()) < 0.1


def test_a_plane_has_no_power() -> None:
    line = torch.linspace(-1, 1, 32)
    assert periodogram((3 + line + 2 * line[:, None])[None]).max() < 1e-8


def test_rings_see_the_wave_that_lies_in_them() -> None:
    edges = torch.tensor([0.0625, 0.125, 0.25, 0.5])
    for ring, cycles in enumerate((3, 6, 12)):
        line = torch.cos(2 * math.pi * cycles * torch.arange(32) / 32)
        density = ring_density(periodogram(line.expand(1, 32, 32)), edges)[0]
        assert density.argmax() == ring


def test_the_bands_share_of_white_noise() -> None:
    sigma = torch.tensor([1.0])
    left = float(band(noise(1, 40, SIDE, SIDE), sigma).var())
    assert float(band_gain(SIDE, sigma).sum()) == pytest.approx(left, rel=0.02)
    # Closed form: (1/2 - 2/5 + 1/8) / (2 pi sigma^2), the Gaussians well inside the window and under Nyquist.
    assert float(band_gain(SIDE, torch.tensor([2.0])).sum()) == pytest.approx(
        0.225 / (2 * math.pi * 4), rel=0.01
    )
