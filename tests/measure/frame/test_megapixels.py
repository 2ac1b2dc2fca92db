"""megapixels of known sizes."""

from __future__ import annotations

import pytest
import torch

from lightmeter.measure.frame.megapixels import megapixels
from lightmeter.see.facts import Facts


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(7680, 4320, 33.1776), (1024, 1024, 1.048576), (1, 1, 1e-6)]
)
def test_known_sizes(width: float, height: float, expected: float) -> None:
    result = megapixels(Facts(torch.tensor([float(width)]), torch.tensor([float(height)])))
    assert float(result.value) == pytest.approx(expected)
    assert result.reasons() == [""]


def test_twice_the_size_is_four_times_the_pixels() -> None:
    side = torch.tensor([100.0, 200.0, 400.0])
    value = megapixels(Facts(side, side)).value
    torch.testing.assert_close(value[1:] / value[:-1], torch.tensor([4.0, 4.0]))
