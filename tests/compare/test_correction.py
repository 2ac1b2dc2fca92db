from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from lightmeter.compare.correction import adjusted


def test_holm_by_hand() -> None:
    """Sorted 0.01 0.02 0.03 0.04: times 4, 3, 2, 1 = 0.04 0.06 0.06 0.04, then never falling."""
    assert adjusted([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])


def test_benjamini_hochberg_against_scipy() -> None:
    p = np.random.default_rng(0).random(20) ** 3
    assert adjusted(p.tolist(), "bh") == pytest.approx(false_discovery_control(p))


@pytest.mark.parametrize("correction", ["holm", "bh"])
def test_never_smaller_never_above_one_and_in_order(correction: str) -> None:
    p = np.random.default_rng(1).random(30)
    done = np.array(adjusted(p.tolist(), correction))
    assert (done >= p).all() and done.max() <= 1
    assert (np.diff(done[np.argsort(p)]) >= -1e-15).all()


def test_what_was_not_asked_costs_nothing() -> None:
    assert adjusted([None, 0.02, None]) == [None, 0.02, None]
    assert adjusted([]) == []
