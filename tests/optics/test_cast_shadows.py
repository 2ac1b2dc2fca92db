"""Shadows that a body casts on itself, where geometry gives them."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lightmeter.optics.cast_shadows import CastShadows, reached
from lightmeter.optics.geometry import direction

# A floor of two triangles in the plane z = 0, with centres at x = -1/3 and 1/3, and a wall x = 0.6 that
# stands 1 high beside it, wound so that all normals point up or at the floor.
POINTS = torch.tensor(
    [[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0], [0.6, -9, 0], [0.6, 9, 0], [0.6, -9, 1], [0.6, 9, 1]]
)
TRIANGLES = torch.tensor([[0, 1, 2], [0, 2, 3], [4, 6, 5], [5, 6, 7]])


def floor_reached(azimuth: float) -> list[bool]:
    towards = direction(torch.tensor([azimuth]), torch.tensor([0.0]))
    return reached(POINTS, TRIANGLES, towards, 0.01)[0, :2].tolist()


def test_a_wall_shades_what_lies_within_its_shadow() -> None:
    # From azimuth a of the floor's normal, a wall 1 high shades tan(a) of the floor beside it. The centres
    # lie 0.6 - 1/3 = 0.27 and 0.6 + 1/3 = 0.93 from it: in shadow beyond atan 0.27 = 14.9 and atan 0.93 = 43.
    assert floor_reached(14) == [True, True]
    assert floor_reached(16) == [False, True]
    assert floor_reached(42) == [False, True]
    assert floor_reached(44) == [False, False]
    assert floor_reached(-60) == [True, True]


def test_a_lone_facet_is_never_in_shadow() -> None:
    towards = direction(torch.tensor([0.0, 60, -60, 0]), torch.tensor([0.0, 0, 0, 80]))
    assert reached(POINTS, TRIANGLES[:1], towards, 0.01).all()


def table() -> CastShadows:
    """Light from the right half of the sphere is shut out from the one facet."""
    i = torch.arange(200) + 0.5
    z, turn = 1 - i / 100, math.pi * (1 + 5**0.5) * i
    level = (1 - z * z).sqrt()
    sphere = torch.stack((level * turn.cos(), level * turn.sin(), z), dim=1)
    return CastShadows(sphere, (sphere[:, :1] < 0).float(), torch.eye(3)[None])


def seen_from(shadows: CastShadows, azimuth: float) -> float:
    towards = direction(torch.tensor(azimuth), torch.tensor(0.0))
    return float(shadows.towards(towards[None, None])[0, 0, 0])


def test_a_direction_between_those_of_the_table_is_a_blend() -> None:
    found = [seen_from(table(), azimuth) for azimuth in (-60.0, -10.0, 0.0, 10.0, 60.0)]
    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(1, abs=0.01)
    assert found[2] == pytest.approx(0.5, abs=0.15)
    assert found[4] == pytest.approx(0, abs=0.01)


def about_y(degrees: float) -> Tensor:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return torch.tensor([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def test_a_turned_body_takes_its_shadows_with_it() -> None:
    # Turned to image right by 40 degrees, the body meets light from azimuth 40 + a as it met light from a.
    turned = CastShadows(table().directions, table().reached, about_y(40)[None])
    for azimuth in (-50.0, -8.0, 8.0, 50.0):
        assert seen_from(turned, azimuth + 40) == pytest.approx(seen_from(table(), azimuth), abs=1e-4)
