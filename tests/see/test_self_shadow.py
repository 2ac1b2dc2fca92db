"""The shadows that a face casts on itself."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

import lightmeter.see.self_shadow as self_shadow
from lightmeter.optics.cast_shadows import CastShadows
from lightmeter.optics.geometry import direction, vertex_normals
from lightmeter.see.convert.cast_shadows import table
from lightmeter.see.self_shadow import cast_shadows, directions
from lightmeter.see.topology import TEMPLE_LEFT, TEMPLE_RIGHT, topology

STORED = Path(self_shadow.__file__).parent / "weights" / "cast_shadows.safetensors"
UPRIGHT = torch.eye(3)


def average() -> tuple[Tensor, Tensor]:
    """Points (468, 3) of the stored face, and normals (852, 3) of its triangles."""
    points = load_file(STORED)["points"].float()
    triangles = topology().triangles
    mean = vertex_normals(points[None] * torch.tensor((1.0, -1.0, -1.0)), triangles)[0][triangles].mean(1)
    return points, torch.nn.functional.normalize(mean, dim=1)


def turned(rotation: Tensor) -> CastShadows:
    found = cast_shadows(average()[1][None] @ rotation.T)
    assert found is not None
    return found


def about(axis: int, degrees: float) -> Tensor:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    plane = [each for each in range(3) if each != axis]
    turn = torch.eye(3)
    turn[plane[0], plane[0]] = turn[plane[1], plane[1]] = c
    turn[plane[0], plane[1]], turn[plane[1], plane[0]] = -s, s
    return turn


def lit(shadows: CastShadows, azimuth: float, elevation: float) -> Tensor:
    towards = direction(torch.tensor(azimuth), torch.tensor(elevation))
    return shadows.towards(towards[None, None])[0, 0]


def beside_the_nose(side: float) -> Tensor:
    """(852,) bool: skin of the cheek close by the nose, on one side, that faces the camera."""
    points, normal = average()
    width = (points[TEMPLE_LEFT] - points[TEMPLE_RIGHT]).norm()
    place = (points[topology().triangles].mean(1) - points[1]) / width
    beside = ((side * place[:, 0] - 0.17).abs() < 0.04) & ((place[:, 1] - 0.05).abs() < 0.08)
    return beside & (normal[:, 2] > 0.5)


def test_the_nose_shades_the_cheek_beyond_it() -> None:
    shadows = turned(UPRIGHT)
    for side in (-1.0, 1.0):
        cheek = beside_the_nose(side)
        assert cheek.sum() >= 4
        assert lit(shadows, -75 * side, 0)[cheek].mean() < 0.5, "a low side light from beyond the nose"
        assert lit(shadows, 75 * side, 0)[cheek].mean() > 0.9, "the same from the cheek's own side"
    assert lit(shadows, 0, 0).mean() > 0.97, "a lamp by the camera casts no shadow that it sees"


def test_shadows_mirror_with_the_light() -> None:
    right, left = (lit(turned(UPRIGHT), azimuth, 20) for azimuth in (50.0, -50.0))
    assert abs(float(right.mean() - left.mean())) < 0.005
    for side in (-1.0, 1.0):
        one, other = right[beside_the_nose(side)].mean(), left[beside_the_nose(-side)].mean()
        assert abs(float(one - other)) < 0.05


def test_the_pose_is_found_from_normals() -> None:
    for rotation in (UPRIGHT, about(1, 35), about(0, -20), about(2, 15), about(1, -30) @ about(0, 10)):
        found = turned(rotation).turn[0]
        torch.testing.assert_close(found, rotation, atol=1e-3, rtol=0)


def test_a_turned_face_takes_its_shadows_with_it() -> None:
    straight, aside = turned(UPRIGHT), turned(about(1, -30))
    torch.testing.assert_close(lit(aside, 60 + 30, 0), lit(straight, 60, 0), atol=2e-3, rtol=0)


def test_other_meshes_have_no_table() -> None:
    assert cast_shadows(torch.nn.functional.normalize(torch.ones(1, 9, 3), dim=2)) is None


def test_directions_have_no_side() -> None:
    found = directions(torch.device("cpu"))
    flipped = found * torch.tensor((-1.0, 1.0, 1.0))
    assert torch.cdist(flipped, found).amin(1).max() < 1e-3


def test_the_table_is_that_of_the_stored_face() -> None:
    stored = load_file(STORED)
    assert torch.equal(table(stored["points"].float(), slice(0, 300, 50)), stored["reached"][::50])
