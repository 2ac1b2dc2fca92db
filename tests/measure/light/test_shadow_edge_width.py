"""shadow_edge_width of a flat face on which one straight shadow falls."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.key_light import KeyLight
from lightmeter.measure.light.shadow_edge_width import shadow_edge_marks, shadow_edge_width
from lightmeter.measure.light.shadow_edges import ShadowEdges, shadow_edges
from lightmeter.measure.registry import PerImage
from lightmeter.optics.shading import KeyFit
from lightmeter.optics.upright import upright
from lightmeter.see.facets import mesh_facets
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import FaceMesh, Matte

Shadow = Callable[..., Tensor]
SIDE = 512


@pytest.fixture(scope="module")
def mesh(astronaut_face: FaceMesh) -> FaceMesh:
    """Her mesh in the middle of a 512 px frame, 240 px wide."""
    grown = 240 / astronaut_face.width
    middle = astronaut_face.points[:, 4:5, :2] * grown
    points = astronaut_face.points * grown
    points[..., :2] += SIDE / 2 - middle
    return replace(astronaut_face, points=points, width=astronaut_face.width * grown)


@pytest.fixture(scope="module")
def shadow(mesh: FaceMesh) -> Shadow:
    """`shadow(width)`: a cheek's left part in shadow, its edge a disc's penumbra, `width` from 10 to 90 %.

    Lit is 0.5, shadow a quarter of it. The lit share of a disc that a straight edge cuts at t half widths is
    0.5 + (t sqrt(1 - t^2) + asin t) / pi, which is 0.1 and 0.9 at t = -+0.687: the penumbra is 1.456 widths.
    """

    def draw(width: float) -> Tensor:
        y, x = torch.meshgrid(torch.arange(SIDE) + 0.5, torch.arange(SIDE) + 0.5, indexing="ij")
        place = upright(mesh.points, mesh.width).from_frame(torch.stack((x, y), 2).view(1, -1, 2))
        t = ((place[..., 0] + 0.25) / (width / 0.687 / 2)).clamp(-1, 1).view(1, 1, SIDE, SIDE).double()
        share = 0.5 + (t * (1 - t * t).sqrt() + torch.asin(t)) / math.pi
        return (0.125 + 0.375 * share).float().expand(1, 3, -1, -1).contiguous()

    return draw


def key(stops: float = 2.0, refused: bool = False, faces: int = 1) -> KeyLight:
    """From the right, 53 degrees off the camera."""
    none = torch.zeros(faces)
    fit = KeyFit(**{each.name: none for each in fields(KeyFit)})
    fit = replace(fit, direction=torch.tensor([[0.8, 0.0, 0.6]]).expand(faces, 3), stops=none + stops)
    return KeyLight(fit, (Refusal(none.bool() | refused, "flat light"),))


def edges(picture: Tensor, mesh: FaceMesh, light: KeyLight | None = None) -> ShadowEdges:
    facets = mesh_facets(picture, mesh)
    return shadow_edges(picture, mesh, Matte(torch.ones_like(picture[:, :1])), facets, light or key())


def measured(picture: Tensor, mesh: FaceMesh, light: KeyLight | None = None) -> PerImage:
    return shadow_edge_width(edges(picture, mesh, light), light or key(), mesh)


def width(picture: Tensor, mesh: FaceMesh) -> float:
    return float(measured(picture, mesh).value)


@pytest.mark.parametrize("true", [0.04, 0.08, 0.14])
def test_width_of_a_disc_s_penumbra(shadow: Shadow, mesh: FaceMesh, true: float) -> None:
    # The view's own blur, a box and a Gaussian of about 0.01 face widths, adds in squares: up to 0.006.
    assert width(shadow(true), mesh) == pytest.approx(true, abs=0.01)


def test_a_larger_source_reads_wider(shadow: Shadow, mesh: FaceMesh) -> None:
    found = [width(shadow(true), mesh) for true in (0.01, 0.03, 0.06, 0.1, 0.15)]
    assert found == sorted(found)
    assert found[0] < 0.03


def test_exposure_does_not_matter(shadow: Shadow, mesh: FaceMesh) -> None:
    picture = shadow(0.06)
    assert width(picture / 4, mesh) == pytest.approx(width(picture, mesh), abs=1e-3)


def test_half_the_size_reads_alike(shadow: Shadow, mesh: FaceMesh) -> None:
    picture = shadow(0.06)
    small = replace(mesh, points=mesh.points / 2, width=mesh.width / 2)
    assert width(torch.nn.functional.avg_pool2d(picture, 2), small) == pytest.approx(
        width(picture, mesh), abs=0.01
    )


def test_neighbours_do_not_matter(shadow: Shadow, mesh: FaceMesh) -> None:
    one, other = shadow(0.04), shadow(0.1)
    two = FaceMesh(*(torch.cat((each, each)) for each in (mesh.points, mesh.present, mesh.count, mesh.width)))
    both = measured(torch.cat((one, other)), two, key(faces=2)).value
    assert both.tolist() == pytest.approx([width(one, mesh), width(other, mesh)], abs=1e-5)


def test_skin_without_a_shadow_is_not_measured(mesh: FaceMesh) -> None:
    result = measured(torch.full((1, 3, SIDE, SIDE), 0.4), mesh)
    assert result.reasons() == ["the key casts no shadow edge on bare skin that is in sight"]


def test_a_dark_line_that_is_not_in_shadow_is_not_an_edge(shadow: Shadow, mesh: FaceMesh) -> None:
    """With a fill 5 stops under the key, skin a quarter as bright has a fifth of the key: shadow.
    With half of the brightness it has half of the key: blush."""
    picture = 0.5 * (shadow(0.04) / 0.5) ** 0.4
    assert measured(picture, mesh, key(5.0)).value.isnan().all()
    assert measured(shadow(0.04), mesh, key(5.0)).value.isfinite().all()


def test_flat_light_and_small_faces_say_why(shadow: Shadow, mesh: FaceMesh) -> None:
    picture = shadow(0.06)
    assert measured(picture, mesh, key(refused=True)).reasons() == ["flat light"]
    small = replace(mesh, width=torch.tensor([50.0]))
    assert measured(picture, small).reasons() == ["face is 50 px wide: shadow edges need 64"]


def test_marks_lie_across_the_edge(shadow: Shadow, mesh: FaceMesh) -> None:
    strokes = shadow_edge_marks(edges(shadow(0.06), mesh)).paths["shadow edge"][0]
    drawn = strokes[strokes.isfinite().all(2).all(1)]
    across = upright(mesh.points, mesh.width).from_frame(drawn.mean(1)[None])[0, :, 0]
    assert len(drawn) > 1
    torch.testing.assert_close(across, torch.full_like(across, -0.25), rtol=0, atol=0.02)
