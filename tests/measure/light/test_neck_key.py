"""neck_key: upright cylinders below a chin, under lamps of known azimuth."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.neck_key import NeckKey, neck_key
from lightmeter.see.regions import FaceMesh, Matte

WIDTH, AXIS, CHIN = 100.0, 150.0, 200.0


def head(turn: float = 0.0) -> FaceMesh:
    """A head 100 pixels wide in a frame of 300, its chin at 150, 200, turned so many degrees."""
    points = torch.zeros(1, 478, 3)
    for index, x, y in ((10, 0, -140), (152, 0, 0), (234, -50, -90), (454, 50, -90)):
        points[0, index, :2] = torch.tensor((AXIS + x, CHIN + y))
    for index, side in ((33, -1), (263, 1)):
        across, deep = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        points[0, index] = torch.tensor((AXIS + 30 * side * across, CHIN - 80, 30 * side * deep))
    yes = torch.tensor([True])
    return FaceMesh(points, yes, torch.tensor([1]), torch.tensor([WIDTH]))


def lit(azimuth: float, fill: float = 0.0, elevation: float = 20.0, chin_shadow: float = 0.0) -> Tensor:
    """(1, 3, 300, 300): a cylinder 0.36 face widths in radius along the axis, its edges drawn out."""
    x = (torch.arange(300) + 0.5 - AXIS) / (0.36 * WIDTH)
    out = (1 - x.clamp(-1, 1) ** 2).sqrt()
    a, level = math.radians(azimuth), math.cos(math.radians(elevation))
    row = level * (x * math.sin(a) + out * math.cos(a)).clamp_min(0) + fill
    y = (torch.arange(300) + 0.5 - CHIN) / WIDTH
    shade = 1 - chin_shadow * torch.sigmoid((0.3 - y) / 0.05)
    return (0.5 * row * shade[:, None] + 1e-4).expand(1, 3, 300, 300)


def read(linear: Tensor, face: FaceMesh | None = None, bare: Tensor | None = None) -> NeckKey:
    skin = torch.ones(len(linear), 1, 300, 300) if bare is None else bare
    return neck_key(linear, head() if face is None else face, Matte(skin))


@pytest.mark.parametrize("azimuth", [-40.0, -20.0, 15.0, 30.0])
def test_a_cylinder_tells_the_azimuth_whatever_the_elevation(azimuth: float) -> None:
    # Without a fill tan a = (c / u) (r - 1) / (r + 1) is exact: u sin a + c cos a over its mirror.
    for elevation in (0.0, 40.0):
        found = read(lit(azimuth, elevation=elevation))
        assert bool(found.known)
        assert float(found.azimuth) == pytest.approx(azimuth, abs=2)


def test_the_balance_by_hand() -> None:
    # Halfway out, at u = 0.5 and c = 0.866, a key at 30 degrees gives 0.25 + 0.75 = 1 on the right and
    # 0.75 - 0.25 = 0.5 on the left: one stop, and the median over pairs lies there.
    assert float(read(lit(30.0)).balance) == pytest.approx(1, abs=0.1)


def test_fill_only_draws_it_to_the_camera() -> None:
    found = [float(read(lit(40.0, fill)).azimuth) for fill in (0.0, 0.2, 0.5)]
    assert found == sorted(found, reverse=True)
    assert found[2] > 10


def test_a_shadow_of_the_chin_does_not_matter() -> None:
    plain, shaded = read(lit(30.0)), read(lit(30.0, chin_shadow=0.8))
    torch.testing.assert_close(plain.balance, shaded.balance, atol=0.1, rtol=0)


def test_a_mirror_negates_it() -> None:
    one = lit(30.0, 0.2)
    torch.testing.assert_close(read(one).azimuth, -read(one.flip(3)).azimuth, atol=0.1, rtol=0)


def test_exposure_and_neighbours_do_not_matter() -> None:
    one, other = lit(30.0, 0.2), lit(-20.0, 0.3)
    face = head()
    twice = FaceMesh(*(torch.cat((x, x)) for x in (face.points, face.present, face.count, face.width)))
    both = read(torch.cat((other, 0.5 * one)), twice)
    torch.testing.assert_close(both.azimuth[1:], read(one).azimuth, atol=0.2, rtol=0)


def test_even_light_on_a_neck_says_nothing() -> None:
    assert not bool(read(lit(0.0, 0.3)).known)
    assert not bool(read(lit(5.0, 0.3)).known)


def test_hair_over_one_side_or_a_turned_head_says_nothing() -> None:
    bare = torch.ones(1, 1, 300, 300)
    bare[..., int(AXIS) :] = 0
    hidden = read(lit(40.0), bare=bare)
    assert not bool(hidden.known)
    assert hidden.places.isnan().all()
    assert not bool(read(lit(40.0), head(turn=30.0)).known)
    assert bool(read(lit(40.0), head(turn=10.0)).known)


def test_patches_that_disagree_from_row_to_row_say_nothing() -> None:
    stripes = torch.where((torch.arange(300) // 8 % 2 > 0)[:, None], lit(50.0), lit(-30.0))
    found = read(stripes)
    assert float(found.error) > 0.2
    assert not bool(found.known)


def test_nothing_is_known_without_a_face(no_face: FaceMesh) -> None:
    found = neck_key(torch.full((1, 3, 64, 64), 0.5), no_face, Matte(torch.zeros(1, 1, 64, 64)))
    assert not bool(found.known)
    assert found.azimuth.isfinite().all()
