"""metal_highlight_breakup of sheets with a known number of like dimples.

n like contours of area a have the length of n circles, 2 n sqrt(pi a); one circle of all their area has
2 sqrt(pi n a). The ratio's square is n.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from metals import GOLD, LAMPS, Material, ball, hammered
from torch import Tensor

from lightmeter.measure.metal.metal_highlight_breakup import metal_highlight_breakup
from lightmeter.measure.metal.metal_highlights import metal_highlights
from lightmeter.measure.metal.metal_lobes import MetalLobes
from lightmeter.measure.registry import PerImage
from lightmeter.see.metal import Metal

Broken = Callable[..., PerImage]
_WHOLE = torch.ones(288, 288, dtype=torch.bool)


@pytest.fixture
def broken(lobes_of: Callable[..., MetalLobes], metal_of: Callable[..., Metal]) -> Broken:
    def build(linear: Tensor, mask: Tensor = _WHOLE) -> PerImage:
        lobes, region = lobes_of(linear, mask), metal_of(linear, mask)
        return metal_highlight_breakup(region, lobes, metal_highlights(region, lobes))

    return build


@pytest.mark.parametrize("across", [1, 2, 4, 6])
@pytest.mark.parametrize("roughness", [0.3, 0.5])
def test_it_is_the_number_of_dimples(across: int, roughness: float, broken: Broken) -> None:
    # Lobes that the edge of their dimple cuts are no circles, and stepped contours are some 2 % long.
    sheet = 0.1 * hammered(288, across, Material(GOLD.colour, True, roughness))
    assert float(broken(sheet).value[0]) == pytest.approx(across**2, rel=0.08)


def test_a_polished_ball_has_one_round_highlight(broken: Broken) -> None:
    linear, mask = ball(288, GOLD, lamps=LAMPS[:1])
    assert float(broken(0.1 * linear, mask).value[0]) == pytest.approx(1.0, abs=0.05)


def test_wearing_a_hammered_sheet_smooth_lessens_it(broken: Broken) -> None:
    rough, smooth = (0.1 * hammered(288, across, GOLD) for across in (8, 1))
    read = [float(broken((1 - worn) * rough + worn * smooth).value[0]) for worn in (0.0, 0.4, 0.8, 1.0)]
    assert all(a > b for a, b in pairwise(read))


def test_exposure_and_mirror_leave_it(broken: Broken) -> None:
    sheet = 0.1 * hammered(288, 4, GOLD)
    expected = float(broken(sheet).value[0])
    assert float(broken(0.5 * sheet).value[0]) == pytest.approx(expected, rel=0.02)
    assert float(broken(sheet.flip(2)).value[0]) == pytest.approx(expected, rel=1e-3)


def test_an_even_surface_is_refused(broken: Broken) -> None:
    assert "no shape" in broken(torch.full((3, 288, 288), 0.3)).reasons()[0]
