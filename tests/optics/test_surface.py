"""The smooth surface: exact on what is smooth, unmoved by what is not."""

from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.optics.surface import quadratic_terms, smooth_surface

H, W = 40, 64


def quadratic(seed: int = 0, batch: int = 1) -> Tensor:
    """(B, 3, H, W), some tens of units high."""
    terms = quadratic_terms(H, W, torch.zeros(1))
    weights = torch.randn(batch, 3, 6, generator=torch.Generator().manual_seed(seed)) * 10
    return (weights @ terms.T).reshape(batch, 3, H, W)


def everywhere(batch: int = 1) -> Tensor:
    return torch.ones(batch, 1, H, W)


def test_terms_are_centred_and_reach_one_along_the_longer_side() -> None:
    terms = quadratic_terms(3, 5, torch.zeros(1)).reshape(3, 5, 6)
    torch.testing.assert_close(terms[1, :, 1], torch.tensor([-0.8, -0.4, 0.0, 0.4, 0.8]))
    torch.testing.assert_close(terms[:, 2, 2], torch.tensor([-0.4, 0.0, 0.4]))
    torch.testing.assert_close(terms[0, 0], torch.tensor([1.0, -0.8, -0.4, 0.64, 0.32, 0.16]))


def test_a_quadratic_is_its_own_surface() -> None:
    values = quadratic(batch=2)
    torch.testing.assert_close(smooth_surface(values, everywhere(2)), values, atol=1e-4, rtol=0)


def test_a_stray_tenth_does_not_move_it() -> None:
    values = quadratic()
    stray = values.clone()
    stray[..., : H // 4, : int(W * 0.4)] += 30  # 10 % of the area, in one corner
    assert (smooth_surface(stray, everywhere()) - values).abs().max() < 0.05


def test_what_weighs_nothing_may_hold_anything() -> None:
    values, weight = quadratic(), everywhere()
    weight[..., 10:30, 20:50] = 0
    changed = torch.where(weight > 0, values, torch.tensor(500.0))
    torch.testing.assert_close(smooth_surface(changed, weight), values, atol=1e-3, rtol=0)


def test_noise_averages_out() -> None:
    # 2560 samples of deviation 1 fix 6 coefficients: an error of about sqrt(6 / 2560) = 0.05 per channel.
    values = quadratic()
    noisy = values + torch.randn(values.shape, generator=torch.Generator().manual_seed(5))
    assert (smooth_surface(noisy, everywhere()) - values).square().mean().sqrt() < 0.08


def test_a_batch_does_not_mix() -> None:
    values = torch.cat([quadratic(1), quadratic(2) + 20])
    values[0, :, :5, :5] = -40
    together = smooth_surface(values, everywhere(2))
    for i in range(2):
        torch.testing.assert_close(together[i : i + 1], smooth_surface(values[i : i + 1], everywhere()))


def test_without_weight_there_is_no_surface_and_neighbours_do_not_suffer() -> None:
    values, weight = quadratic(batch=2), everywhere(2)
    weight[0] = 0
    found = smooth_surface(values, weight)
    assert torch.isnan(found[0]).all()
    torch.testing.assert_close(found[1], values[1], atol=1e-4, rtol=0)


def test_of_two_surfaces_the_larger_is_found_whole() -> None:
    # A ramp of 60 units to the right over 68 % of the area, another surface over the rest, below: from all
    # samples alike, reweighting stops at a compromise 6 units off.
    x = quadratic_terms(H, W, torch.zeros(1))[:, 1].reshape(H, W)
    values = torch.stack((30 * x, 0 * x, 0 * x))[None]
    mixed = values.clone()
    mixed[..., int(H * 0.68) :, :] = 20 - 10 * x[int(H * 0.68) :]
    assert (smooth_surface(mixed, everywhere()) - values).abs().max() < 0.05
