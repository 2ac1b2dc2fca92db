"""Directions there and back, and normals of surfaces whose normals are known."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lightmeter.optics.geometry import angles, direction, length, unit, vertex_normals


@pytest.mark.parametrize(
    ("azimuth", "elevation", "expected"),
    [
        (0.0, 0.0, (0.0, 0.0, 1.0)),  # at the camera
        (90.0, 0.0, (1.0, 0.0, 0.0)),  # square from image right
        (-90.0, 0.0, (-1.0, 0.0, 0.0)),
        (180.0, 0.0, (0.0, 0.0, -1.0)),  # behind the subject
        (0.0, 90.0, (0.0, 1.0, 0.0)),  # from above
        (45.0, 45.0, (0.5, math.sqrt(0.5), 0.5)),
    ],
)
def test_known_directions(azimuth: float, elevation: float, expected: tuple[float, ...]) -> None:
    found = direction(torch.tensor(azimuth), torch.tensor(elevation))
    torch.testing.assert_close(found, torch.tensor(expected), atol=1e-6, rtol=0)


@given(st.floats(-179, 179), st.floats(-89, 89), st.floats(0.01, 100))
@settings(max_examples=60, deadline=None)
def test_angles_undo_direction_at_any_length(azimuth: float, elevation: float, length: float) -> None:
    given_ = torch.tensor([azimuth, elevation], dtype=torch.float64)
    found = angles(length * direction(*given_))
    assert float(found[0]) == pytest.approx(azimuth, abs=1e-6)
    assert float(found[1]) == pytest.approx(elevation, abs=1e-6)


def sphere(rings: int = 24, sectors: int = 36) -> tuple[Tensor, Tensor, Tensor]:
    """The camera's half of a unit sphere at (300, 200) of radius 100 px: points, triangles, true normals."""
    polar = torch.linspace(0.05, math.pi / 2 - 0.05, rings)
    turn = torch.arange(sectors) * (2 * math.pi / sectors)
    p, t = torch.meshgrid(polar, turn, indexing="ij")
    normal = torch.stack((p.sin() * t.cos(), p.sin() * t.sin(), p.cos()), -1).reshape(-1, 3)
    points = torch.tensor([300.0, 200.0, 0.0]) + 100 * normal * torch.tensor([1.0, -1.0, -1.0])
    i, j = torch.meshgrid(torch.arange(rings - 1), torch.arange(sectors), indexing="ij")
    here, right = i * sectors + j, i * sectors + (j + 1) % sectors
    quads = torch.stack((here, right, here + sectors, right + sectors), -1).reshape(-1, 4)
    return points, torch.cat((quads[:, [0, 1, 2]], quads[:, [1, 3, 2]])), normal


def test_normals_of_a_sphere_point_away_from_its_centre() -> None:
    points, triangles, expected = sphere()
    found = vertex_normals(points[None], triangles)[0]
    degrees = torch.rad2deg(torch.acos((found * expected).sum(1).clamp(-1, 1)))
    inner = slice(36, -36)  # the first and last ring see facets on one side only
    assert degrees[inner].max() < 1.5
    torch.testing.assert_close(found.norm(dim=1), torch.ones(len(found)))


def test_winding_place_and_scale_change_nothing() -> None:
    points, triangles, _ = sphere()
    expected = vertex_normals(points[None], triangles)
    torch.testing.assert_close(vertex_normals(points[None], triangles.flip(1)), expected)
    moved = (points * 3 + torch.tensor([10.0, -20.0, 30.0]))[None]
    torch.testing.assert_close(vertex_normals(moved, triangles), expected, atol=1e-5, rtol=0)


def test_a_mirrored_mesh_has_mirrored_normals() -> None:
    points, triangles, _ = sphere()
    turn = torch.tensor([-1.0, 1.0, 1.0])
    torch.testing.assert_close(
        vertex_normals((points * turn)[None], triangles), vertex_normals(points[None], triangles) * turn
    )


def test_a_tilted_plane_has_its_tilt() -> None:
    # A card turned by 30 degrees to image right: its right side (x up) is farther away (z up) by tan 30.
    corners = torch.tensor([[0.0, 0], [100, 0], [100, 50], [0, 50]])
    points = torch.cat((corners, corners[:, :1] * math.tan(math.radians(30))), 1)
    found = vertex_normals(points[None], torch.tensor([[0, 1, 2], [0, 2, 3]]))[0]
    expected = direction(torch.tensor(30.0), torch.tensor(0.0)).expand(4, 3)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_length_is_that_of_the_vectors_along_a_dimension(dim: int) -> None:
    vectors = torch.randn(3, 4, 2, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(length(vectors, dim), vectors.norm(dim=dim))
    torch.testing.assert_close(length(unit(vectors, dim), dim), torch.ones_like(vectors.norm(dim=dim)))


def test_nothing_has_no_direction() -> None:
    assert torch.equal(unit(torch.zeros(2, 3), 1), torch.zeros(2, 3))
