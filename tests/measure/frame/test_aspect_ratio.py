"""aspect_ratio of known sizes."""

from __future__ import annotations

import pytest
import torch

from lightmeter.measure.frame.aspect_ratio import aspect_ratio
from lightmeter.see.facts import Facts


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(7680, 4320, 16 / 9), (800, 1200, 2 / 3), (5, 5, 1)]
)
def test_known_sizes(width: float, height: float, expected: float) -> None:
    result = aspect_ratio(Facts(torch.tensor([float(width)]), torch.tensor([float(height)])))
    assert float(result.value) == pytest.approx(expected)
    assert result.reasons() == [""]


def test_a_quarter_turn_inverts_it_and_a_resize_leaves_it() -> None:
    width, height = torch.tensor([1200.0, 800.0, 600.0]), torch.tensor([800.0, 1200.0, 400.0])
    value = aspect_ratio(Facts(width, height)).value
    assert float(value[0] * value[1]) == pytest.approx(1)
    assert value[0] == value[2]
