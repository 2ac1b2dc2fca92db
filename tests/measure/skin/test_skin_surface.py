"""skin_surface on a real face: what lies where, and that it is the picture's own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightmeter.measure.skin.skin_surface import CELLS, SIDE, SkinSurface, skin_surface
from lightmeter.see.canvas import canvas
from lightmeter.see.facets import mesh_facets
from lightmeter.see.regions import FaceMesh


@pytest.fixture(scope="module")
def surface(astronaut: Tensor, astronaut_face: FaceMesh) -> SkinSurface:
    return skin_surface(astronaut, astronaut_face, mesh_facets(astronaut, astronaut_face))


def cell(surface: SkinSurface, face: FaceMesh, point: int) -> tuple[int, int]:
    """Column and row of a mesh point."""
    place = (face.points[0, point, :2] - surface.corner[0]) * CELLS / face.width[0]
    return int(place[0]), int(place[1])


def test_cheeks_are_skin_and_lips_and_eyes_are_not(surface: SkinSurface, astronaut_face: FaceMesh) -> None:
    for point, wanted in ((50, 1), (280, 1), (199, 1), (13, 0), (14, 0), (468, 0), (473, 0)):
        x, y = cell(surface, astronaut_face, point)
        assert surface.skin[0, 0, y, x] == wanted, point


def test_colour_is_that_of_the_frame(
    surface: SkinSurface, astronaut: Tensor, astronaut_face: FaceMesh
) -> None:
    for point in (50, 280):
        x, y = cell(surface, astronaut_face, point)
        column, row = (int(each) for each in astronaut_face.points[0, point, :2])
        near = astronaut[0, :, row - 3 : row + 4, column - 3 : column + 4].mean((1, 2))
        found = surface.linear[0, :, y - 2 : y + 3, x - 2 : x + 3].mean((1, 2))
        assert found == pytest.approx(near, rel=0.1)


def test_normals_are_unit_and_turn_to_their_side(surface: SkinSurface, astronaut_face: FaceMesh) -> None:
    on = surface.skin[0, 0] > 0
    assert surface.normal[0].norm(dim=0)[on] == pytest.approx(1.0, abs=1e-4)
    sides = [surface.normal[0, 0, y, x] for x, y in (cell(surface, astronaut_face, p) for p in (123, 352))]
    assert sides[0] < -0.2 < 0.2 < sides[1]


def test_areas_go_back_to_where_they_came_from(surface: SkinSurface, astronaut: Tensor) -> None:
    area = surface.on_frame(surface.skin, canvas(astronaut))
    assert area.shape == astronaut[:, :1].shape
    pixels = float(surface.skin.sum()) * (float(surface.width) / CELLS) ** 2
    assert float(area.sum()) == pytest.approx(pixels, rel=0.02)


def test_no_face_has_no_skin(no_face: FaceMesh) -> None:
    frame = torch.full((1, 3, 64, 64), 0.5)
    nothing = skin_surface(frame, no_face, mesh_facets(frame, no_face))
    assert nothing.skin.sum() == 0
    assert nothing.linear.shape == (1, 3, SIDE, SIDE)
    assert nothing.linear.isfinite().all()
    assert nothing.normal.isfinite().all()
    assert not nothing.on_frame(nothing.skin, canvas(frame)).any()
