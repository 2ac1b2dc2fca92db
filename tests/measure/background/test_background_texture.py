"""background_texture of blots of known contrast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from backdrops import Faults

from lightmeter.measure.background.background_texture import background_texture

Walls = Callable[..., Any]


def read(wall: Any) -> float:
    return float(background_texture(wall.fine).value)


def test_seamless_paper_has_none(wall_of: Walls) -> None:
    assert read(wall_of(Faults())) < 0.01
    assert read(wall_of(Faults(gradient=2.0))) < 0.05


@pytest.mark.parametrize("rms", [1.0, 2.0, 4.0])
def test_blots_are_some_part_of_their_contrast(wall_of: Walls, rms: float) -> None:
    # L* 61.6 makes a deltaE00 of 1.13 units of L*. Blots 1/100 of the long side wide lose a part to the cell
    # and a part to the window: measured 0.6 to 1 of the rest.
    assert 0.5 * rms / 1.13 < read(wall_of(Faults(texture=rms))) < rms / 1.13


def test_rises_with_contrast_and_a_mirror_leaves_it(wall_of: Walls) -> None:
    found = [read(wall_of(Faults(texture=rms))) for rms in (0.0, 0.5, 1.5, 4.0)]
    assert found == sorted(found)
    assert read(wall_of(Faults(texture=4.0), mirrored=True)) == pytest.approx(found[-1], abs=0.05)


@pytest.mark.parametrize(
    "fault", [{"horizon": 15.0}, {"stray": 4}, {"contact_shadow": 1.5}, {"halo": 1.5}], ids=str
)
def test_other_faults_are_no_texture(wall_of: Walls, fault: dict[str, float]) -> None:
    assert read(wall_of(Faults(**fault))) < 0.1


def test_depth_of_field_takes_it_away(wall_of: Walls) -> None:
    """So do strays out of focus: a blurred room is no texture."""
    assert read(wall_of(Faults(texture=4.0, stray=4, blur=0.02))) < 0.2


def test_not_measured_without_a_background(no_wall: Any) -> None:
    result = background_texture(no_wall.fine)
    assert result.reasons() == ["the picture is transparent: there is no backdrop"]
