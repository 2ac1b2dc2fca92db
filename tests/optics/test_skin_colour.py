"""Colour differences on the reference skin."""

from __future__ import annotations

import pytest
import torch

from lightmeter.optics.colour import delta_e00, lab
from lightmeter.optics.skin_colour import REFERENCE, chromaticity, on_reference_skin


def test_no_change_is_zero() -> None:
    assert on_reference_skin(torch.zeros(2, 2, 5)).abs().max() < 1e-3


def test_a_change_is_that_of_two_skins_of_one_luminance() -> None:
    one = torch.tensor(REFERENCE)
    other = one * torch.tensor([1.05, 1.0, 0.9])
    weights = torch.tensor([0.2126, 0.7152, 0.0722])
    level = other * (one @ weights) / (other @ weights)
    expected = float(delta_e00(lab(level[None, :, None]), lab(one[None, :, None])))
    change = (chromaticity(other[None]) - chromaticity(one[None]))[..., None]
    assert float(on_reference_skin(change)) == pytest.approx(expected, rel=1e-3)


def test_chromaticity_is_blind_to_exposure_and_adds_pigments() -> None:
    skin = torch.tensor([[0.5, 0.25, 0.15]])
    blood = torch.tensor([[0.97, 0.7, 0.75]])
    assert chromaticity(0.1 * skin) == pytest.approx(chromaticity(skin), abs=1e-5)
    assert chromaticity(skin * blood) == pytest.approx(chromaticity(skin) + chromaticity(blood), abs=1e-5)


def test_black_is_finite() -> None:
    assert on_reference_skin(chromaticity(torch.zeros(1, 3, 4))).isfinite().all()
