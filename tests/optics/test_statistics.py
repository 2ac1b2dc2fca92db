"""Weighted order statistics and fits against numpy and against what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lightmeter.optics.statistics import (
    least_squares,
    median,
    tukey,
    weighted_mean,
    weighted_quantile,
    weighted_quantiles,
)

samples = st.lists(
    st.tuples(st.floats(-1e3, 1e3, width=32), st.sampled_from([0.0, 0.5, 1.0, 2.0])), min_size=1, max_size=25
)


@given(samples, st.sampled_from([0.1, 0.25, 0.5, 0.9, 1.0]))
@settings(max_examples=100, deadline=None)
def test_quantile_is_numpys_inverted_cdf(rows: list[tuple[float, float]], q: float) -> None:
    x, weight = (np.array(column, np.float32) for column in zip(*rows, strict=True))
    found = float(weighted_quantile(torch.from_numpy(x)[None], torch.from_numpy(weight)[None], q))
    if weight.sum() == 0:
        assert np.isnan(found)
    else:
        # Written out from the definition, for numpy forbids some weights; halves and twos are exact sums.
        order = np.argsort(x, kind="stable")
        reached = np.cumsum(weight[order].astype(np.float64))
        assert found == x[order][np.argmax(reached >= q * reached[-1])]


def test_quantiles_of_a_known_row() -> None:
    # Weights 1, 2, 3, 4 on 10, 20, 30, 40: shares so far 0.1, 0.3, 0.6, 1.
    x, weight = torch.tensor([[40.0, 10, 30, 20]]), torch.tensor([[4.0, 1, 3, 2]])
    found = [float(weighted_quantile(x, weight, q)) for q in (0.0, 0.05, 0.2, 0.3, 0.5, 0.61, 1.0)]
    assert found == [10, 10, 20, 20, 30, 40, 40]


def test_quantile_ignores_order_scale_of_weights_and_what_weighs_nothing() -> None:
    g = torch.Generator().manual_seed(2)
    x, weight = torch.randn(3, 50, generator=g), torch.rand(3, 50, generator=g)
    expected = weighted_quantile(x, weight, 0.7)
    turn = torch.randperm(50, generator=g)
    assert torch.equal(weighted_quantile(x[:, turn], weight[:, turn], 0.7), expected)
    assert torch.equal(weighted_quantile(x, 1e-6 * weight, 0.7), expected)
    junk = torch.tensor([[torch.nan, torch.inf, -torch.inf]]).expand(3, 3)
    padded = weighted_quantile(torch.cat((junk, x), 1), torch.cat((torch.zeros(3, 3), weight), 1), 0.7)
    assert torch.equal(padded, expected)


def test_quantile_of_a_million_equal_weights_is_exact() -> None:
    # A float32 running sum would stop counting at 2^24 and drift before.
    x = torch.arange(1_000_000.0)[None]
    assert float(weighted_quantile(x, torch.full_like(x, 0.1), 0.5)) == 499_999


def test_mean_is_weighted_and_nan_without_weight() -> None:
    x = torch.tensor([[1.0, 3.0, torch.nan], [1.0, 2.0, 3.0]])
    weight = torch.tensor([[1.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
    found = weighted_mean(x, weight)
    assert found.dtype == torch.float32
    assert float(found[0]) == 2.5
    assert torch.isnan(found[1])


def test_least_squares_is_numpys() -> None:
    rng = np.random.default_rng(4)
    design, target, weight = rng.normal(size=(2, 40, 3)), rng.normal(size=(2, 40, 2)), rng.random((2, 40))
    found = least_squares(*(torch.from_numpy(each) for each in (design, target, weight)))
    for i in range(2):
        root = np.sqrt(weight[i])[:, None]
        expected = np.linalg.lstsq(root * design[i], root * target[i], rcond=None)[0]
        np.testing.assert_allclose(found[i].numpy(), expected, atol=1e-6)


def test_least_squares_stays_finite_without_rank_or_weight() -> None:
    design = torch.ones(1, 5, 2)  # two equal columns share what one would take
    found = least_squares(design, torch.full((1, 5, 1), 6.0), torch.ones(1, 5))
    torch.testing.assert_close(found[0, :, 0], torch.tensor([3.0, 3.0], dtype=torch.float64))
    nothing = least_squares(design, torch.full((1, 5, 1), 6.0), torch.zeros(1, 5))
    assert torch.isfinite(nothing).all()


@pytest.mark.parametrize(("residual", "expected"), [(0.0, 1.0), (4.685, 0.0), (-9.0, 0.0), (2.3425, 0.5625)])
def test_tukey(residual: float, expected: float) -> None:
    # Half way out: (1 - 1/4)^2 = 0.5625.
    assert float(tukey(torch.tensor(residual), torch.tensor(1.0))) == pytest.approx(expected, abs=1e-6)
    assert float(tukey(torch.tensor(3 * residual), torch.tensor(3.0))) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8])
def test_median_of_a_mask_is_the_quantile_at_a_half(count: int) -> None:
    x = torch.randn(2, 3, 20, generator=torch.Generator().manual_seed(5))
    used = (torch.arange(20) % 20 < count).float()
    expected = weighted_quantile(x.flatten(0, 1), used.expand(6, -1), 0.5).reshape(2, 3)
    torch.testing.assert_close(median(x, used), expected, rtol=0, atol=0, equal_nan=True)


def test_quantiles_under_several_weights_are_those_under_each() -> None:
    g = torch.Generator().manual_seed(6)
    x, weights = torch.randn(2, 30, generator=g), torch.rand(2, 4, 30, generator=g)
    each = [weighted_quantile(x, weight, 0.3) for weight in weights.unbind(1)]
    torch.testing.assert_close(weighted_quantiles(x, weights, 0.3), torch.stack(each, 1), rtol=0, atol=0)
