"""The generator's star against stars drawn with known coverage, size and place."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lightmeter.see.generator_mark import generator_mark

SIDE = 400


def ground(kind: str) -> Tensor:
    """(1, 3, 400, 400) coded: plain, a gradient, or noise of 5 %."""
    if kind == "plain":
        return torch.full((1, 3, SIDE, SIDE), 0.3)
    ramp = torch.linspace(0.1, 0.8, SIDE).expand(1, 3, SIDE, SIDE)
    noise = torch.randn(1, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    return ramp.clone() if kind == "gradient" else (0.3 + 0.05 * noise).clamp(0, 1).expand(1, 3, -1, -1)


def star(radius: float, margin: float = 2.33, turned: float = 0.0) -> Tensor:
    """(400, 400) coverage, 4 x 4 samples a pixel: what four unit discs about (+-1, +-1) leave free."""
    at = (torch.arange(4 * SIDE, dtype=torch.float64) + 0.5) / 4
    middle = SIDE - margin * radius
    y, x = torch.meshgrid((at - middle) / radius, (at - middle) / radius, indexing="ij")
    c, s = math.cos(turned), math.sin(turned)
    x, y = (c * x + s * y).abs(), (c * y - s * x).abs()
    inside = (torch.hypot(1 - x, 1 - y) >= 1) & (x <= 1) & (y <= 1)
    return inside.double().view(SIDE, 4, SIDE, 4).mean((1, 3)).float()


def veiled(picture: Tensor, coverage: Tensor) -> Tensor:
    return picture + coverage * (1 - picture)


@pytest.mark.parametrize("kind", ["plain", "gradient", "noise"])
@pytest.mark.parametrize("radius", [7.0, 11.0, 15.0])
def test_a_star_is_found_where_it_was_laid(kind: str, radius: float) -> None:
    mark = generator_mark(veiled(ground(kind), 0.5 * star(radius)))
    assert float(mark.strength) > 0.85
    assert float(mark.radius) == pytest.approx(radius, rel=0.25)
    middle = SIDE - 2.33 * radius
    assert mark.centre[0].tolist() == pytest.approx([middle, middle], abs=0.15 * radius)


@pytest.mark.parametrize("kind", ["plain", "gradient", "noise"])
def test_without_a_star_there_is_none(kind: str) -> None:
    assert float(generator_mark(ground(kind)).strength) < 0.35


def lines(thick: float) -> Tensor:
    """(400, 400) a cross of lines through where the star would be: seams, a window's bars."""
    away = (torch.arange(SIDE) + 0.5 - (SIDE - 2.33 * 12)).abs()
    across = (away < thick).float()
    return torch.maximum(across[:, None], across[None]).expand(SIDE, SIDE)


def disc(radius: float) -> Tensor:
    away = torch.arange(SIDE) + 0.5 - (SIDE - 2.33 * 12)
    return (torch.hypot(away[:, None], away[None]) < radius).float()


SHAPES = {
    "hair": (lines(1.5).amin(0) > 0).float().expand(SIDE, SIDE),
    "thin cross": lines(1.5),
    "thick cross": lines(4),
    "highlight": disc(6),
    "lamp": disc(12),
    "star on its side": star(12, turned=math.pi / 4),
    "star elsewhere": star(12, margin=8),
}


@pytest.mark.parametrize("name", SHAPES)
def test_other_shapes_are_no_star(name: str) -> None:
    assert float(generator_mark(veiled(ground("plain"), 0.5 * SHAPES[name])).strength) < 0.5


def test_a_dark_star_is_no_veil_of_white() -> None:
    assert float(generator_mark(ground("plain") * (1 - 0.5 * star(12))).strength) < 0.5


def test_strength_falls_as_the_star_drowns_in_noise() -> None:
    found = [
        float(generator_mark(veiled(ground("noise"), cover * star(12))).strength)
        for cover in (0.5, 0.2, 0.1, 0.05, 0.0)
    ]
    assert found == sorted(found, reverse=True)


def test_the_ground_under_it_hardly_matters() -> None:
    found = [
        float(generator_mark(veiled(torch.full((1, 3, SIDE, SIDE), tone), 0.5 * star(12))).strength)
        for tone in (0.0, 0.2, 0.5, 0.8)
    ]
    assert found == pytest.approx([found[0]] * 4, abs=0.02)


def test_neighbours_do_not_matter() -> None:
    one, other = veiled(ground("gradient"), 0.5 * star(11)), ground("noise")
    both = generator_mark(torch.cat((one, other)))
    for i, each in enumerate((one, other)):
        torch.testing.assert_close(generator_mark(each).strength, both.strength[i : i + 1])


def test_half_the_size_is_as_strong() -> None:
    whole = veiled(ground("gradient"), 0.5 * star(15))
    half = torch.nn.functional.avg_pool2d(whole, 2)
    assert float(generator_mark(half).strength) == pytest.approx(
        float(generator_mark(whole).strength), abs=0.1
    )
