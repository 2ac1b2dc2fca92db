"""rectangularity: outlines whose moments are known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lightmeter.optics.rectangularity import rectangularity

_AT = (torch.arange(400, dtype=torch.float64) + 0.5) / 100 - 2


def read(inside: Tensor) -> complex:
    """Of a shape drawn on 400 x 400 pixels, -2 to 2 both ways."""
    up, right = torch.meshgrid(-_AT, _AT, indexing="ij")
    return complex(rectangularity(inside.double().flatten()[None], right.flatten()[None], up.flatten()[None]))


def turned(degrees: float) -> tuple[Tensor, Tensor]:
    """Coordinates along axes that are turned so far counter-clockwise."""
    up, right = torch.meshgrid(-_AT, _AT, indexing="ij")
    turn = math.radians(degrees)
    return (
        right * math.cos(turn) + up * math.sin(turn),
        up * math.cos(turn) - right * math.sin(turn),
    )


@pytest.mark.parametrize("turn", [0.0, 17.0, 45.0])
@pytest.mark.parametrize("length", [1.0, 2.0, 4.0])
def test_every_rectangle_is_one_and_every_ellipse_nought(turn: float, length: float) -> None:
    u, v = turned(turn)
    assert abs(read((u.abs() < 0.4 * length) & (v.abs() < 0.4))) == pytest.approx(1, abs=0.02)
    assert abs(read((u / length) ** 2 + v**2 < 0.4**2)) < 0.02


def test_the_argument_is_four_times_the_turn() -> None:
    u, v = turned(12.0)
    found = read((u.abs() < 0.8) & (v.abs() < 0.5))
    assert math.degrees(math.atan2(found.imag, found.real)) == pytest.approx(48, abs=1)


def test_rings_and_octagons_are_round() -> None:
    u, v = turned(8.0)
    radius = torch.hypot(u, v)
    octagon = torch.stack([(u * math.cos(a) + v * math.sin(a)).abs() for a in torch.pi / 4 * torch.arange(4)])
    assert abs(read((radius < 1) & (radius > 0.6))) < 0.01
    assert abs(read(octagon.amax(0) < 1)) < 0.01


def test_a_rounded_square_lies_between_as_its_moments_have_it() -> None:
    # x^4 + y^4 < 1, by Dirichlet's integral: E[x^j y^k] = G(p) G(q) / G(p + q + 1), p = (j + 1) / 4,
    # q = (k + 1) / 4, over the same for j = k = 0.
    def mean(j: int, k: int) -> float:
        def integral(a: float, b: float) -> float:
            return math.gamma(a) * math.gamma(b) / math.gamma(a + b + 1)

        return integral((j + 1) / 4, (k + 1) / 4) / integral(1 / 4, 1 / 4)

    expected = (6 * mean(2, 2) - 2 * mean(4, 0)) / (0.6 * (2 * mean(2, 0)) ** 2)
    u, v = turned(0.0)
    assert 0.2 < expected < 0.8
    assert abs(read(u**4 + v**4 < 1)) == pytest.approx(expected, abs=0.01)


def test_blur_alike_in_all_directions_only_rounds() -> None:
    # The sum of a square's x and a Gaussian of deviation s: D stays 2.4 u^2, T grows from 2 u to 2 (u + s^2).
    u, v = turned(0.0)
    found = []
    for s in (0.1, 0.2, 0.3):
        one = torch.special.erf((0.5 + u) / s / 2**0.5) + torch.special.erf((0.5 - u) / s / 2**0.5)
        other = torch.special.erf((0.5 + v) / s / 2**0.5) + torch.special.erf((0.5 - v) / s / 2**0.5)
        found.append(abs(read(one * other)))
        assert found[-1] == pytest.approx((1 + 12 * s**2) ** -2, abs=0.02)
    assert found == sorted(found, reverse=True)
