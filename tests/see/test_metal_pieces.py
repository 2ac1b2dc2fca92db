"""Clusters of glints in a place, and the body that they lie on."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightmeter.see.metal_names import CLOTHES, EARS, FINGERS
from lightmeter.see.metal_pieces import Looked, hung, looked
from lightmeter.see.metal_places import VIEW

_EVERYWHERE = torch.ones(1, 1, VIEW.rows, VIEW.columns, dtype=torch.bool)
_YES, _NO = torch.tensor([True]), torch.tensor([False])


def plane(glints: int, hair: float, body: float = -0.5) -> Looked:
    """Hair of `hair` stops all over, and on it a piece of 9 x 9 cells of `body` stops with glints of 2 more,
    3 cells apart. The face is at 0 stops."""
    stops = torch.full((1, 1, VIEW.rows, VIEW.columns), hair)
    stops[..., 200:209, 100:109] = body
    for i in range(glints):
        stops[..., 201 + 3 * (i // 3), 101 + 3 * (i % 3)] = body + 2
    face = torch.zeros_like(stops)
    return looked(stops, face, face, face > 0)


def piece() -> Tensor:
    return plane(0, -1.0, 0.0).stops > -0.5


@pytest.mark.parametrize("hair", [-6.0, -9.0])
def test_an_earring_does_not_hold_the_dark_hair_behind_it(hair: float) -> None:
    alpha = hung(plane(9, hair), _EVERYWHERE, _NO, EARS)
    assert float((alpha & piece()).sum()) > 60
    assert not (alpha & ~piece()).any()


def test_what_is_little_dimmer_belongs_to_it() -> None:
    alpha = hung(plane(9, -2.0), _EVERYWHERE, _NO, EARS)
    assert (alpha & ~piece()).any()


@pytest.mark.parametrize(
    ("count", "unasked", "asked"), [(1, False, False), (2, False, True), (3, True, True)]
)
def test_less_is_demanded_of_what_is_named(count: int, unasked: bool, asked: bool) -> None:
    seen = plane(count, -2.0, -2.0)  # no corners, which glint, too
    assert bool(hung(seen, _EVERYWHERE, _NO, FINGERS).any()) is unasked
    assert bool(hung(seen, _EVERYWHERE, _YES, FINGERS).any()) is asked


def test_buttons_are_found_only_where_they_are_named() -> None:
    seen = plane(9, -6.0)
    assert not hung(seen, _EVERYWHERE, _NO, CLOTHES).any()
    assert hung(seen, _EVERYWHERE, _YES, CLOTHES).any()


def test_only_its_place_is_searched() -> None:
    left = torch.zeros_like(_EVERYWHERE)
    left[..., :90] = True
    assert not hung(plane(9, -6.0), left, _YES, EARS).any()


def test_a_mirror_image_is_mirrored() -> None:
    seen = plane(5, -6.0)
    face = torch.zeros_like(seen.stops)
    flipped = looked(seen.stops.flip(3), face, face, face > 0)
    assert torch.equal(hung(flipped, _EVERYWHERE, _YES, EARS), hung(seen, _EVERYWHERE, _YES, EARS).flip(3))
