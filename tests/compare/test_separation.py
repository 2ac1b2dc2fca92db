from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from lightmeter.compare.separation import (
    auc_interval,
    balanced_accuracy,
    least_images,
    separation,
    threshold,
)

finite = st.lists(st.integers(-50, 50), min_size=2, max_size=20).map(lambda x: np.array(x, float))


def test_auc_is_the_share_of_pairs() -> None:
    # Pairs (2, 1) (4, 1) (2, 3) (4, 3): three of four have the good one greater.
    found = separation(np.array([2.0, 4.0]), np.array([1.0, 3.0]))
    assert found.auc == 0.75
    assert found.low < 0.75 < found.high


@given(finite, finite)
def test_a_monotone_change_of_unit_changes_nothing(good: np.ndarray, bad: np.ndarray) -> None:
    before, after = separation(good, bad), separation(np.exp(good / 10), np.exp(bad / 10))
    assert after == before
    # Seen the other way round, the area is what is left of 1.
    assert separation(-good, -bad).auc == pytest.approx(1 - before.auc)


def test_interval_of_perfect_separation() -> None:
    # At auc = 1: (1 - t)^2 = z^2 t (1 - t) (1 + (n - 1) ((1 - t) / (2 - t) + t / (1 + t))) / n^2.
    low, high = auc_interval(1.0, 10, 10)
    held = low * (1 + 9 * ((1 - low) / (2 - low) + low / (1 + low))) / 100
    assert high == 1.0
    assert (1 - low) == pytest.approx(1.959964**2 * held, rel=1e-4)


def test_interval_holds_the_truth_as_often_as_it_says() -> None:
    # Two normal laws one standard deviation apart: auc = Phi(1 / sqrt 2) = 0.760.
    rng, truth = np.random.default_rng(1), norm.cdf(1 / np.sqrt(2))
    found = [separation(rng.normal(1, 1, 20), rng.normal(0, 1, 15)) for _ in range(400)]
    held = np.mean([f.low <= truth <= f.high for f in found])
    assert 0.92 < held < 0.98


def test_more_images_narrow_the_interval() -> None:
    widths = [np.diff(auc_interval(0.8, n, n))[0] for n in (5, 20, 80)]
    assert widths == sorted(widths, reverse=True)


def test_threshold_lies_in_the_middle_of_the_gap() -> None:
    good, bad = np.array([5.0, 6.0, 9.0]), np.array([1.0, 2.0])
    assert threshold(good, bad, rising=True) == 3.5
    assert threshold(-good, -bad, rising=False) == -3.5


def test_threshold_weighs_both_kinds_alike() -> None:
    # J = kept + caught - 1: a cut at 2.5 keeps 3/3 and catches 2/3; one at 4.5 keeps 2/3 and catches 3/3.
    # Both are best; the gap from 4 to 5 is as wide as that from 2 to 3: the first is taken.
    assert threshold(np.array([3.0, 5.0, 6.0]), np.array([1.0, 2.0, 4.0]), rising=True) == 2.5


def test_left_out_images_are_judged_rightly_only_where_there_is_something_to_tell() -> None:
    rng = np.random.default_rng(2)
    good, bad, same = rng.normal(6, 1, 30), rng.normal(0, 1, 30), rng.normal(0, 1, 30)
    assert balanced_accuracy(good, bad, rising=True) == 1.0
    assert balanced_accuracy(same, bad, rising=True) < 0.7


def test_least_images() -> None:
    # Perfect separation of n and n has p = 2 / C(2n, n): 0.1 at 3, 0.029 at 4, 0.0079 at 5, 0.0022 at 6.
    assert [least_images(questions) for questions in (1, 2, 15)] == [4, 5, 6]
