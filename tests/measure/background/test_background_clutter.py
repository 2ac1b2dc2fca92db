"""background_clutter of boxes whose area is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from backdrops import Faults

from lightmeter.measure.background.background_clutter import background_clutter, elements

Walls = Callable[..., Any]


def read(wall: Any) -> float:
    return float(background_clutter(wall.clutter).value)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_boxes_are_their_share(wall_of: Walls, count: int) -> None:
    # A box is 0.16 x 0.34 of the half long side, 32 x 68 px, cut by the frame's edge or the subject's margin
    # by up to a half.
    wall = wall_of(Faults(stray=count))
    box = 32 * 68 / float(wall.backdrop.share.sum() * 16)
    assert 0.4 * count * box < read(wall) < 1.2 * count * box


def test_seamless_paper_has_none(wall_of: Walls) -> None:
    assert read(wall_of(Faults())) == 0
    assert read(wall_of(Faults(gradient=2.5, gradient_angle=135.0))) == 0


def test_rises_with_the_count_and_a_mirror_leaves_it(wall_of: Walls) -> None:
    found = [read(wall_of(Faults(stray=count))) for count in (0, 1, 2, 3, 4)]
    assert found == sorted(found) and found[1] > 0
    assert read(wall_of(Faults(stray=4), mirrored=True)) == pytest.approx(found[-1], abs=0.005)


@pytest.mark.parametrize(
    "fault",
    [
        {"horizon": 15.0},
        {"texture": 4.0},
        {"contact_shadow": 1.5},
        {"halo": 1.5},
        {"gradient": 2.0, "banding": 4.0},
    ],
    ids=str,
)
def test_other_faults_are_no_clutter(wall_of: Walls, fault: dict[str, float]) -> None:
    assert read(wall_of(Faults(**fault))) < 0.01


def test_each_element_has_a_box(wall_of: Walls) -> None:
    wall = wall_of(Faults(stray=3))
    boxes = elements(wall.clutter, wall.linear).paths["element"]
    drawn = boxes[boxes.isfinite().all(-1).all(-1)]
    assert len(drawn) == 3
    size = drawn.amax(1) - drawn.amin(1)
    assert ((size >= 8) & (size <= 80)).all()


def test_not_measured_without_a_background(no_wall: Any) -> None:
    result = background_clutter(no_wall.clutter)
    assert result.reasons() == ["the picture is transparent: there is no backdrop"]
