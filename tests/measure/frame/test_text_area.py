"""text_area of boxes whose share is known; the reader is tested in tests/see/test_text.py."""

from __future__ import annotations

import pytest
import torch

from lightmeter.measure.frame.text_area import text_area, writing
from lightmeter.see.provide import Refusal
from lightmeter.see.text import Text


def boxed(*rows: int) -> Text:
    """Pictures of 10 x 20 with that many rows of writing each."""
    area = torch.zeros(len(rows), 1, 10, 20)
    for i, count in enumerate(rows):
        area[i, :, :count] = 1
    return Text(area)


def test_is_the_share_of_the_frame() -> None:
    assert text_area(boxed(0, 1, 5, 10)).value.tolist() == pytest.approx([0.0, 0.1, 0.5, 1.0])


def test_none_is_zero_and_measured() -> None:
    assert text_area(boxed(0)).reasons() == [""]


def test_without_a_reader_it_is_not_measured_whatever_the_area() -> None:
    absent = Refusal(torch.tensor([True, False]), "no reader")
    result = text_area(Text(torch.zeros(2, 1, 4, 4), (absent,)))
    assert result.reasons() == ["no reader", ""]
    assert result.value.isnan().tolist() == [True, False]


def test_draws_what_it_counts() -> None:
    (area,) = writing(boxed(3)).areas.values()
    assert float(area.mean()) == pytest.approx(float(text_area(boxed(3)).value))
