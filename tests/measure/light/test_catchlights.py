"""catchlights: which eyes may speak. How glints are found, test_eye_glints.py says."""

from __future__ import annotations

import pytest
import torch

from lightmeter.measure.light.catchlights import catchlights
from lightmeter.measure.light.eye_glints import MOST, Glints


def eyes(
    left: int,
    right: int,
    diameter: tuple[float, float] = (40.0, 40.0),
    shown: tuple[float, float] = (0.9, 0.9),
    white: float = 3.0,
) -> Glints:
    """One face whose eyes have so many glints."""
    flux = torch.zeros(1, 2, MOST)
    flux[0, 0, :left] = flux[0, 1, :right] = 0.1
    return Glints(
        place=torch.zeros(1, 2, MOST, 2),
        area=flux / 10,
        flux=flux,
        shown=torch.tensor([shown]),
        white=torch.full((1, 2), white),
        diameter=torch.tensor([diameter]),
        frame=torch.ones(1, 2, 3),
    )


@pytest.mark.parametrize(
    ("left", "right", "expected"), [(0, 0, 0), (1, 1, 1), (2, 2, 2), (1, 0, 1), (1, 2, 1), (0, 2, 2)]
)
def test_what_both_eyes_show_counts(left: int, right: int, expected: int) -> None:
    assert float(catchlights(eyes(left, right)).value) == expected


def test_a_mirror_does_not_matter() -> None:
    assert float(catchlights(eyes(3, 1)).value) == float(catchlights(eyes(1, 3)).value)


def test_a_closed_or_small_eye_has_no_say() -> None:
    assert float(catchlights(eyes(1, 2, shown=(0.9, 0.2))).value) == 1
    assert float(catchlights(eyes(1, 2, diameter=(40.0, 9.0))).value) == 1


def test_small_irises_are_not_measured() -> None:
    assert "9 px" in catchlights(eyes(1, 1, diameter=(9.0, 9.4))).reasons()[0]


def test_to_say_that_there_is_none_takes_more_pixels_than_to_see_one() -> None:
    assert float(catchlights(eyes(1, 1, diameter=(14.0, 14.0))).value) == 1
    assert "takes 20" in catchlights(eyes(0, 0, diameter=(14.0, 14.0))).reasons()[0]
    assert float(catchlights(eyes(0, 0, diameter=(22.0, 14.0))).value) == 0


def test_closed_eyes_and_dark_glasses_are_not_dead_eyes() -> None:
    assert "closed" in catchlights(eyes(0, 0, shown=(0.1, 0.2))).reasons()[0]
    assert "covered" in catchlights(eyes(0, 0, white=0.5)).reasons()[0]
