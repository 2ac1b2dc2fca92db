"""Places on a portrait of a hand and a face whose points are known, in face widths."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightmeter.optics.upright import Upright
from lightmeter.see.hands import Hands
from lightmeter.see.metal_names import ANYWHERE, CLOTHES, EARS, EYES, FINGERS, NECK, WRISTS
from lightmeter.see.metal_places import FACE, VIEW, places

_PLANE = Upright(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, -1.0]]), torch.ones(1))
"""Frame pixels are face widths, but y goes down."""


def face() -> Tensor:
    """(1, 478, 2): temples, forehead, bridge, nose and chin."""
    point = torch.zeros(1, 478, 2)
    for index, place in {234: (-0.5, 0), 454: (0.5, 0), 10: (0, 0.5), 168: (0, 0.1), 1: (0, -0.2)}.items():
        point[0, index] = torch.tensor(place)
    point[0, 152] = torch.tensor((0.0, -0.7))
    return point


def upright_hand(x: float = 1.2, y: float = -1.5) -> Hands:
    """A hand with its wrist there, 0.4 face widths of palm and straight fingers of 0.4, 0.1 apart."""
    points = torch.full((1, 4, 21, 2), torch.nan)
    points[0, 0, 0] = torch.tensor((x, -y))
    for finger in range(5):
        for joint in range(4):
            points[0, 0, 1 + 4 * finger + joint] = torch.tensor(
                (x + 0.1 * (finger - 2), -(y + 0.4 + 0.13 * joint))
            )
    return Hands(points, torch.tensor([[True, False, False, False]]))


@pytest.fixture(scope="module")
def where() -> dict[str, Tensor]:
    return places(face(), _PLANE, upright_hand(), torch.ones(1, 1, VIEW.rows, VIEW.columns, dtype=torch.bool))


def at(mask: Tensor, x: float, y: float) -> bool:
    place = VIEW.places(mask)[0]
    near = (place - torch.tensor((x, y))).square().sum(2).argmin()
    return bool(mask[0, 0].flatten()[near])


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        (NECK, [(0, -1.0), (-0.6, -1.3)], [(0, -0.5), (1.2, -1.2), (0, -2.5)]),
        (EARS, [(-0.6, -0.4), (0.6, -0.4)], [(0, -0.4), (0.6, 0.3), (-0.9, -0.4)]),
        (EYES, [(-0.2, 0.05), (0.5, 0.1)], [(0, -0.3), (0, 0.4)]),
        (FINGERS, [(1.2, -1.03), (1.1, -1.03)], [(1.2, -0.8), (1.2, -1.35), (-1.2, -1.0)]),
        (WRISTS, [(1.2, -1.68)], [(1.2, -1.1), (-1.2, -1.68), (1.2, -2.2)]),
        (CLOTHES, [(0, -2.0), (-1.5, -1.5)], [(0, -0.3), (1.2, -1.1)]),
        (ANYWHERE, [(0, 0.9), (0, -2.0)], [(0, 0), (1.2, -1.1)]),
        (FACE, [(0, 0), (0, -0.5)], [(0, -1.0)]),
    ],
)
def test_a_place_is_where_it_should_be(
    name: str, inside: list[tuple[float, float]], outside: list[tuple[float, float]], where: dict[str, Tensor]
) -> None:
    assert [at(where[name], *spot) for spot in inside] == [True] * len(inside)
    assert [at(where[name], *spot) for spot in outside] == [False] * len(outside)


def test_no_hand_has_no_fingers() -> None:
    nobody = Hands(torch.full((1, 4, 21, 2), torch.nan), torch.zeros(1, 4, dtype=torch.bool))
    found = places(face(), _PLANE, nobody, torch.ones(1, 1, VIEW.rows, VIEW.columns, dtype=torch.bool))
    assert not found[FINGERS].any() and not found[WRISTS].any()
    assert at(found[NECK], 0, -1.0)


def test_nothing_is_outside_the_body(where: dict[str, Tensor]) -> None:
    empty = torch.zeros(1, 1, VIEW.rows, VIEW.columns, dtype=torch.bool)
    found = places(face(), _PLANE, upright_hand(), empty)
    assert not any(mask.any() for name, mask in found.items() if name != FACE)
