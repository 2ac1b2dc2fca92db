"""sharpness against the closed form of a blurred edge."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lightmeter.measure.frame.sharpness import sharpness


def edge(sigma: float, low: float = 0.2, high: float = 0.8, down: bool = False) -> Tensor:
    """(1, 3, 200, 200): a Gaussian-blurred step half way between two pixels.

    At distance x it is low + (high - low) (1 + erf(x / (sqrt(2) s))) / 2.
    """
    x = torch.arange(200, dtype=torch.float64) - 99.5
    line = low + (high - low) * (1 + torch.special.erf(x / (math.sqrt(2) * sigma))) / 2
    plane = line.expand(200, 200).float()
    return (plane.T if down else plane).expand(1, 3, 200, 200)


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("sigma", [0.3, 0.7, 1.0, 2.0, 4.0])
def test_a_blurred_edge_is_its_closed_form(sigma: float, down: bool) -> None:
    # The step over one pixel straddles the middle, -0.5 to 0.5. That over eight cannot then: -3.5 to 4.5. The
    # docstring's formula takes +-4 for it, which is the same to 1 %.
    def reach(x: float) -> float:
        return math.erf(x / (math.sqrt(2) * sigma))

    found = float(sharpness(edge(sigma, down=down)).value)
    assert found == pytest.approx(2 * reach(0.5) / (reach(3.5) + reach(4.5)), abs=1e-4)
    assert found == pytest.approx(reach(0.5) / reach(4), rel=0.01)


def test_a_hard_step_is_one() -> None:
    assert float(sharpness(edge(1e-3)).value) == pytest.approx(1)


def test_contrast_exposure_and_mirror_do_not_matter() -> None:
    expected = sharpness(edge(1.0)).value
    for other in (edge(1.0, 0.45, 0.55), 0.1 * edge(1.0), edge(1.0).flip(-1), edge(1.0, 0.8, 0.2)):
        torch.testing.assert_close(sharpness(other).value, expected, atol=1e-4, rtol=0)


def test_falls_with_blur() -> None:
    found = [float(sharpness(edge(sigma)).value) for sigma in (0.3, 0.5, 0.8, 1.2, 2, 3)]
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_not_measured_on_an_even_picture(level: float) -> None:
    assert sharpness(torch.full((1, 3, 32, 32), level)).reasons() == ["the picture has no edges"]


def test_exposure_does_not_decide_whether_it_is_measured() -> None:
    faint = edge(1.0, 0.30, 0.31)
    assert [sharpness(gain * faint).reasons() for gain in (1.0, 0.05)] == [[""], [""]]
