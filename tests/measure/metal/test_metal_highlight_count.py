"""metal_highlight_count of beads and dimples, each of which mirrors one lamp once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from metals import GOLD, LAMPS, STEEL, Material, ball, hammered
from torch import Tensor

from lightmeter.engine.scene import Scene
from lightmeter.measure.metal.metal_highlight_count import metal_highlight_count
from lightmeter.measure.metal.metal_highlight_size import metal_highlight_size
from lightmeter.measure.metal.metal_highlights import metal_highlights
from lightmeter.measure.metal.metal_lobes import MetalLobes
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.picture import Picture
from lightmeter.see.metal import Metal

Lobes = Callable[..., MetalLobes]
Regions = Callable[..., Metal]


def beads(count: int, material: Material = GOLD) -> tuple[Tensor, Tensor]:
    """A row of balls of 16 pixels, 22 apart, in a plane of 288."""
    linear, mask = torch.zeros(3, 288, 288), torch.zeros(288, 288, dtype=torch.bool)
    one, inside = ball(20, material, lamps=LAMPS[:1])
    for i in range(count):
        columns = slice(20 + 22 * i, 40 + 22 * i)
        linear[:, 100:120, columns], mask[100:120, columns] = 0.1 * one, inside
    return linear, mask


@pytest.fixture
def count_of(lobes_of: Lobes, metal_of: Regions) -> Callable[[Tensor, Tensor], float]:
    def count(linear: Tensor, mask: Tensor) -> float:
        lobes = lobes_of(linear, mask)
        return float(metal_highlight_count(lobes, metal_highlights(metal_of(linear, mask), lobes)).value[0])

    return count


@pytest.fixture
def size_of(lobes_of: Lobes, metal_of: Regions) -> Callable[[Tensor, Tensor], float]:
    def size(linear: Tensor, mask: Tensor) -> float:
        lobes = lobes_of(linear, mask)
        return float(metal_highlight_size(lobes, metal_highlights(metal_of(linear, mask), lobes)).value[0])

    return size


@pytest.mark.parametrize("number", [1, 4, 12])
@pytest.mark.parametrize("material", [GOLD, STEEL])
def test_each_bead_has_one(number: int, material: Material, count_of: Callable[..., float]) -> None:
    assert count_of(*beads(number, material)) == number


@pytest.mark.parametrize("across", [1, 3, 6, 8])
def test_each_dimple_has_one(across: int, count_of: Callable[..., float]) -> None:
    sheet = 0.1 * hammered(288, across, GOLD)
    assert count_of(sheet, torch.ones(288, 288, dtype=torch.bool)) == across**2


def test_exposure_and_mirror_leave_it(count_of: Callable[..., float]) -> None:
    linear, mask = beads(9)
    assert count_of(0.5 * linear, mask) == 9
    assert count_of(linear.flip(2), mask.flip(1)) == 9


@pytest.mark.parametrize("ground", [0.18, 0.5])
def test_a_rim_mixed_with_a_paler_ground_is_none(ground: float) -> None:
    """Two lamps, two highlights, as the whole way from a picture finds them."""
    linear, mask = ball(480, GOLD)
    linear = torch.where(mask, 0.12 * linear, ground)[None]
    encoded = encoded_from_linear(linear)
    picture = Picture((255 * encoded[0]).round().byte().permute(1, 2, 0).contiguous().numpy(), None, "ball")
    roots = {"linear": linear, "encoded": encoded, "pictures": (picture,), "prompts": (None,)}
    assert float(Scene(roots).call(metal_highlight_count, {}).value[0]) == 2


def test_a_clipped_top_is_one_highlight(count_of: Callable[..., float]) -> None:
    # A plateau of 1.0, 24 pixels wide, has no peak of its own.
    linear = torch.full((3, 288, 288), 0.05)
    y, x = torch.meshgrid(torch.arange(288) - 144, torch.arange(288) - 144, indexing="ij")
    linear[:, x * x + y * y < 144] = 1.0
    assert count_of(linear, torch.ones(288, 288, dtype=torch.bool)) == 1


def test_a_disc_is_as_wide_as_it_is(size_of: Callable[..., float]) -> None:
    # Two discs of radius 12 pixels of a plane of 96 a face width: 25 % of it wide.
    linear = torch.full((3, 288, 288), 0.05)
    y, x = torch.meshgrid(torch.arange(288) - 144, torch.arange(288) - 90, indexing="ij")
    for middle in (0, 90):
        linear[:, (x - middle) ** 2 + y * y < 144] = 0.6
    assert size_of(linear, torch.ones(288, 288, dtype=torch.bool)) == pytest.approx(25.0, abs=0.5)


def test_dimples_half_as_large_have_highlights_half_as_large(size_of: Callable[..., float]) -> None:
    whole = torch.ones(288, 288, dtype=torch.bool)
    large, small = (size_of(0.1 * hammered(288, across, GOLD), whole) for across in (3, 6))
    assert small == pytest.approx(large / 2, rel=0.05)


def test_without_a_highlight_its_size_is_refused(lobes_of: Lobes, metal_of: Regions) -> None:
    linear, mask = torch.full((3, 288, 288), 0.3), torch.ones(288, 288, dtype=torch.bool)
    lobes = lobes_of(linear, mask)
    result = metal_highlight_size(lobes, metal_highlights(metal_of(linear, mask), lobes))
    assert "outshines" in result.reasons()[0]
