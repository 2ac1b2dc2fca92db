"""Smoothing of small pictures, whole and in part."""

from __future__ import annotations

import math

import pytest
import torch

from lightmeter.optics.relief import smoothed, smoothed_within


@pytest.mark.parametrize("sigma", [1.0, 3.0])
def test_a_point_becomes_a_gaussian(sigma: float) -> None:
    picture = torch.zeros(1, 1, 41, 51)
    picture[..., 20, 25] = 1
    found = smoothed(picture, sigma)[0, 0]
    assert float(found.sum()) == pytest.approx(1.0, rel=1e-4)
    assert float(found[20, 25]) == pytest.approx(1 / (2 * math.pi * sigma**2), rel=0.01)
    assert float(found[22, 25] / found[20, 25]) == pytest.approx(math.exp(-2 / sigma**2), rel=1e-3)


def test_outside_of_the_part_does_not_matter() -> None:
    where = torch.zeros(1, 1, 40, 40)
    where[..., :20] = 1
    picture = torch.where(where > 0, 0.7, 99.0).expand(1, 3, 40, 40)
    found = smoothed_within(picture, where, 3.0)
    assert found[..., :20] == pytest.approx(0.7, rel=1e-4)
    assert (smoothed_within(picture, torch.zeros_like(where), 3.0) == 0).all()
