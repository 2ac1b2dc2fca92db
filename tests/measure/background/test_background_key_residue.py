"""background_key_residue and its worst window, on cells whose distance from the key is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightmeter.measure.background.backdrop import Backdrop, backdrop
from lightmeter.measure.background.background_key_residue import background_key_residue
from lightmeter.measure.background.background_key_residue_worst import background_key_residue_worst
from lightmeter.measure.background.keyed import keyed
from lightmeter.see.regions import Matte

Build = Callable[..., Backdrop]
Grey = Callable[[Tensor], Tensor]


def residue(found: Backdrop) -> tuple[float, float]:
    left = keyed(found)
    return float(background_key_residue(left).value), float(background_key_residue_worst(left).value)


@pytest.mark.parametrize("level", [0.0, 0.18, 1.0])
def test_an_even_backdrop_is_gone(backdrop_of: Build, level: float) -> None:
    assert residue(backdrop_of(torch.full((3, 60, 80), level))) == (0.0, 0.0)


def test_a_corner_of_another_colour_stands(backdrop_of: Build, grey_of: Grey) -> None:
    # A quarter of a lightness of 50 is 62: 11.3 deltaE00 away, beyond 10, so all of it is left; the window
    # of 2 x 5 + 1 cells that fits into it is full.
    cells = torch.full((60, 80), 50.0)
    cells[:30, :40] = 62.0
    mean, worst = residue(backdrop_of(grey_of(cells).expand(3, -1, -1)))
    assert mean == pytest.approx(0.25, abs=1e-3)
    assert worst == pytest.approx(1.0, abs=1e-3)


def test_half_way_is_left_by_half(backdrop_of: Build, grey_of: Grey) -> None:
    # dE = step / S_L with S_L = 1 + 0.015 m^2 / sqrt(20 + m^2), m = step / 2: 6 at 6.2, half way to 10.
    cells = torch.full((60, 80), 50.0)
    cells[:20] = 56.2
    mean, worst = residue(backdrop_of(grey_of(cells).expand(3, -1, -1)))
    assert worst == pytest.approx(0.5, abs=0.03)
    assert mean == pytest.approx(0.5 / 3, abs=0.01)


def test_rises_with_a_gradient_and_a_mirror_leaves_it(backdrop_of: Build, grey_of: Grey) -> None:
    found = []
    for rise in (0.0, 10.0, 20.0, 40.0):
        cells = grey_of(50 + rise * torch.linspace(-0.5, 0.5, 80).expand(60, -1)).expand(3, -1, -1)
        found.append(residue(backdrop_of(cells)))
        assert residue(backdrop_of(cells.flip(-1))) == pytest.approx(found[-1], abs=0.02)
    assert found == sorted(found)
    assert found[0] == (0.0, 0.0)
    assert found[-1][1] > 0.8


def test_only_background_counts(backdrop_of: Build, grey_of: Grey) -> None:
    cells, share = torch.full((60, 80), 50.0), torch.ones(60, 80)
    cells[20:40, 20:60], share[20:40, 20:60] = 90.0, 0.0
    assert residue(backdrop_of(grey_of(cells).expand(3, -1, -1), share)) == (0.0, 0.0)


def test_not_measured_without_a_background(no_background: Matte) -> None:
    left = keyed(backdrop(torch.full((1, 3, 64, 64), 0.5), no_background))
    why = ["the picture is transparent: there is no backdrop"]
    assert background_key_residue(left).reasons() == why
    assert background_key_residue_worst(left).reasons() == why
