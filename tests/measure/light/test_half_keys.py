"""half_keys: either half of a head under lamps at known places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.half_keys import HalfKeys, half_keys
from lightmeter.optics.geometry import angles, direction
from lightmeter.see.facets import Facets, mesh_facets
from lightmeter.see.regions import FaceMesh

Under = Callable[..., Facets]


@pytest.fixture(scope="module")
def under(astronaut: Tensor, astronaut_face: FaceMesh) -> Under:
    """`under(azimuth, stops)`: the astronaut's mesh in grey, its key 20 degrees up, over a fill.

    E = max(0, n.l) + 2^-stops ((1 + n_z) / 2)^1.5, without shadows that the face casts."""
    bare = mesh_facets(astronaut, astronaut_face)

    def build(azimuth: float, stops: float = 3.0, exposure: float = 0.5) -> Facets:
        towards = direction(torch.tensor(azimuth), torch.tensor(20.0))
        normal = bare.normal[0]
        bright = (normal @ towards).clamp_min(0) + 2.0**-stops * ((1 + normal[:, 2]) / 2) ** 1.5
        linear = (exposure * bright).expand(1, 3, -1)
        return replace(bare, linear=linear, clipped=torch.zeros_like(bare.clipped))

    return build


def azimuths(keys: HalfKeys) -> list[float]:
    found: list[float] = angles(keys.direction[0])[0].tolist()
    return found


@pytest.mark.parametrize("azimuth", [-60.0, -30.0, 30.0, 60.0])
def test_both_halves_see_the_one_key(under: Under, astronaut_face: FaceMesh, azimuth: float) -> None:
    # The far half sees little of the key: it may be off by more than the near one.
    keys = half_keys(under(azimuth), astronaut_face)
    assert keys.known.all()
    near, far = azimuths(keys) if azimuth < 0 else reversed(azimuths(keys))
    assert near == pytest.approx(azimuth, abs=12)
    assert far == pytest.approx(azimuth, abs=20)


def test_exposure_does_not_matter(under: Under, astronaut_face: FaceMesh) -> None:
    one, other = (half_keys(under(40.0, exposure=e), astronaut_face) for e in (0.5, 0.05))
    torch.testing.assert_close(one.direction, other.direction, atol=1e-3, rtol=0)
    torch.testing.assert_close(one.spread, other.spread, atol=0.1, rtol=0)


def test_follows_the_key_around_the_head(under: Under, astronaut_face: FaceMesh) -> None:
    found = [azimuths(half_keys(under(a), astronaut_face)) for a in (-70.0, -35.0, 0.0, 35.0, 70.0)]
    for half in zip(*found, strict=True):
        assert list(half) == sorted(half)


def test_fill_alone_has_no_direction(under: Under, astronaut_face: FaceMesh) -> None:
    assert half_keys(under(40.0, stops=3.0), astronaut_face).known.all()
    assert not half_keys(under(40.0, stops=-6.0), astronaut_face).known.any()


def test_a_hidden_half_has_no_say(under: Under, astronaut_face: FaceMesh) -> None:
    facets = under(30.0)
    right = facets.centre[0, :, 0] > astronaut_face.points[0, 168, 0]
    hidden = replace(facets, skin=facets.skin * ~right)
    assert half_keys(hidden, astronaut_face).known.tolist() == [[True, False]]


def test_neighbours_do_not_matter(under: Under, astronaut_face: FaceMesh) -> None:
    one, other = under(30.0), under(-50.0)
    both = replace(
        one,
        linear=torch.cat((other.linear, one.linear)),
        **{name: getattr(one, name).repeat(2, *[1] * (getattr(one, name).dim() - 1)) for name in
           ("normal", "centre", "skin", "clipped", "width")},
    )  # fmt: skip
    pair = replace(astronaut_face, points=astronaut_face.points.repeat(2, 1, 1))
    found, expected = half_keys(both, pair), half_keys(one, astronaut_face)
    torch.testing.assert_close(found.direction[1:], expected.direction, atol=1e-5, rtol=0)


def test_without_a_face_nothing_is_known(no_face: FaceMesh, under: Under) -> None:
    absent = replace(under(30.0), skin=torch.zeros_like(under(30.0).skin))
    keys = half_keys(absent, no_face)
    assert not keys.known.any()
    assert keys.direction.isfinite().all()
