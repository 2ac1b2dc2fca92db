"""Noise read from the smoothest of many small squares: where there is least, there is nothing else."""

from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.optics.spectrum import twins
from lightmeter.optics.statistics import weighted_quantile

_SMOOTHEST = 0.1
_DEVIATE = -1.2816
"""The standard normal deviate of the smoothest tenth."""

_HANN = 2.25
"""Frequencies of a square that share one degree of freedom under a Hann window both ways."""


def noise_power(power: Tensor, part: Tensor, weight: Tensor) -> Tensor:
    """(B,): mean power of white-like noise in a part of its spectrum; inf where no square has weight.

    power: (B, T, F) flattened periodograms of T squares. part: (B, F) weights of the frequencies. weight:
    (B, T) of the squares. The smoothest tenth hold less than the mean of noise, by how much
    chi-squared tells.
    """
    found = (power @ part[..., None])[..., 0]
    tenth = weighted_quantile(found, weight, _SMOOTHEST).nan_to_num(torch.inf)
    side = round((1 + 2 * part.shape[1]) ** 0.5) - 1
    each = part / twins(side, part.device).repeat(side)
    freedom = part.sum(1) ** 2 / (part * each).sum(1) / _HANN
    return tenth / chi_squared_quantile(freedom, _DEVIATE)


def chi_squared_quantile(freedom: Tensor, deviate: float) -> Tensor:
    """Quantile of chi-squared over its mean, at a standard normal deviate (Wilson and Hilferty 1931)."""
    small = 2 / (9 * freedom)
    return (1 - small + deviate * small.sqrt()) ** 3
