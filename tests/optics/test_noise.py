from __future__ import annotations

import pytest
import torch

from lightmeter.optics.noise import chi_squared_quantile, noise_power
from lightmeter.optics.spectrum import band_gain, periodogram


def test_chi_squared_quantiles() -> None:
    # Tables: the tenth percentiles of chi-squared with 10, 30 and 100 degrees are 4.865, 20.599 and 82.358.
    freedom = torch.tensor([10.0, 30.0, 100.0])
    expected = torch.tensor([4.865, 20.599, 82.358]) / freedom
    torch.testing.assert_close(chi_squared_quantile(freedom, -1.2816), expected, rtol=5e-3, atol=0)


@pytest.mark.parametrize("deviation", [0.005, 0.02])
def test_white_noise_has_the_power_that_the_band_passes(deviation: float) -> None:
    # White noise of variance v has v times the sum of the band's gain in the band.
    generator = torch.Generator().manual_seed(0)
    power = periodogram(deviation * torch.randn(1, 400, 32, 32, generator=generator)).flatten(2)
    gain = band_gain(32, torch.tensor([1.0])).flatten(1)
    found = noise_power(power, gain, torch.ones(1, 400))
    torch.testing.assert_close(found, deviation**2 * gain.sum(1), rtol=0.1, atol=0)


def test_texture_in_most_squares_does_not_matter_and_none_is_inf() -> None:
    generator = torch.Generator().manual_seed(1)
    squares = 0.01 * torch.randn(1, 400, 32, 32, generator=generator)
    gain = band_gain(32, torch.tensor([1.0])).flatten(1)
    alone = noise_power(periodogram(squares).flatten(2), gain, torch.ones(1, 400))
    squares[:, :200] *= 20
    mixed = noise_power(periodogram(squares).flatten(2), gain, torch.ones(1, 400))
    assert 1.0 <= float(mixed / alone) < 1.3
    assert noise_power(periodogram(squares).flatten(2), gain, torch.zeros(1, 400)).isinf().all()
