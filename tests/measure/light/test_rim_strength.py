"""rim_strength of a round head whose outline is as bright as the test makes it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.key_light import KeyLight
from lightmeter.measure.light.rim_band import RimBand, rim_band
from lightmeter.measure.light.rim_strength import rim_marks, rim_strength
from lightmeter.measure.registry import PerImage
from lightmeter.optics.shading import KeyFit
from lightmeter.optics.upright import upright
from lightmeter.see.facets import mesh_facets
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import FaceMesh, Matte

SIDE, RADIUS, INSIDE = 512, 0.8, 0.2
Draw = Callable[..., tuple[Tensor, Tensor]]


@pytest.fixture(scope="module")
def mesh(astronaut_face: FaceMesh) -> FaceMesh:
    """Her mesh in the middle of a 512 px frame, 240 px wide."""
    grown = 240 / astronaut_face.width
    points = astronaut_face.points * grown
    points[..., :2] += SIDE / 2 - points[:, [234, 454], :2].mean(1, keepdim=True)
    return replace(astronaut_face, points=points, width=astronaut_face.width * grown)


@pytest.fixture(scope="module")
def head(mesh: FaceMesh) -> Draw:
    """`head(stops, share, side, background)`: a picture and its matte.

    A disc of 0.8 face widths, 0.2 bright, whose outermost 0.045 are brighter by so many stops over a share
    of the right (1) or left (-1) half.
    """

    def draw(
        stops: float, share: float = 1.0, side: int = 1, background: float = 0.02
    ) -> tuple[Tensor, Tensor]:
        y, x = torch.meshgrid(torch.arange(SIDE) + 0.5, torch.arange(SIDE) + 0.5, indexing="ij")
        place = upright(mesh.points, mesh.width).from_frame(torch.stack((x, y), 2).view(1, -1, 2))
        across, up = place.view(1, SIDE, SIDE, 2).unbind(3)
        radius, turn = torch.hypot(across, up), torch.atan2(up, side * across).abs()
        rim = (radius > RADIUS - 0.045) & (turn < share * math.pi / 2)
        bright = INSIDE * torch.where(rim, 2.0**stops, 1.0)
        matte = (radius < RADIUS).float()[:, None]
        return (torch.where(matte > 0, bright[:, None], background)).expand(1, 3, -1, -1).contiguous(), matte

    return draw


def key(towards: tuple[float, float, float] = (-0.8, 0.0, 0.6), undirected: bool = False) -> KeyLight:
    """From the left, 53 degrees off the camera, unless told otherwise."""
    none = torch.zeros(1)
    fit = KeyFit(**{each.name: none for each in fields(KeyFit)})
    fit = replace(fit, direction=torch.tensor([towards]), stops=none + 2)
    return KeyLight(fit, (Refusal(none.bool() | undirected, "flat"),))


def band(drawn: tuple[Tensor, Tensor], mesh: FaceMesh, light: KeyLight) -> RimBand:
    picture, matte = drawn
    bald = Matte(torch.zeros_like(matte))
    return rim_band(picture, mesh, mesh_facets(picture, mesh), Matte(matte), Matte(matte), bald, light)


def measured(drawn: tuple[Tensor, Tensor], mesh: FaceMesh, light: KeyLight | None = None) -> PerImage:
    return rim_strength(band(drawn, mesh, light or key()), mesh, Matte(drawn[1]))


def stops(drawn: tuple[Tensor, Tensor], mesh: FaceMesh, light: KeyLight | None = None) -> float:
    return float(measured(drawn, mesh, light).value)


@pytest.mark.parametrize("true", [-1.0, 0.5, 1.0, 2.0])
def test_stops_of_the_rim(head: Draw, mesh: FaceMesh, true: float) -> None:
    # A tenth of the lit skin, which is as bright as the inside here, is added to both: (2^s + 0.1) / 1.1.
    assert stops(head(true, share=2), mesh) == pytest.approx(math.log2((2**true + 0.1) / 1.1), abs=0.12)


def test_no_rim_is_zero(head: Draw, mesh: FaceMesh) -> None:
    assert stops(head(0.0), mesh) == pytest.approx(0, abs=0.02)


def test_a_brighter_rim_reads_more(head: Draw, mesh: FaceMesh) -> None:
    found = [stops(head(true), mesh) for true in (0.0, 0.4, 0.8, 1.6)]
    assert found == sorted(found)
    assert found[-1] > found[0] + 1


def test_a_third_of_the_side_counts(head: Draw, mesh: FaceMesh) -> None:
    assert stops(head(1.0, share=0.4), mesh) > 0.7


def test_what_the_key_lights_does_not_count(head: Draw, mesh: FaceMesh) -> None:
    lit = head(1.0, share=0.6, side=-1)
    assert stops(lit, mesh) == pytest.approx(0, abs=0.05)
    assert stops(lit, mesh, key((0.8, 0.0, 0.6))) > 0.7


def test_without_a_direction_either_side_counts(head: Draw, mesh: FaceMesh) -> None:
    for side in (1, -1):
        assert stops(head(1.0, side=side), mesh, key(undirected=True)) > 0.7


def test_exposure_does_not_matter(head: Draw, mesh: FaceMesh) -> None:
    picture, matte = head(1.0)
    assert stops((picture * 0.3, matte), mesh) == pytest.approx(stops((picture, matte), mesh), abs=1e-3)


def test_a_white_background_is_no_rim(head: Draw, mesh: FaceMesh) -> None:
    result = measured(head(0.0, background=0.5), mesh)
    assert float(result.value) <= 0.05
    assert result.error is not None
    assert float(result.error) > 0.05


def test_a_background_that_outshines_it_says_so(head: Draw, mesh: FaceMesh) -> None:
    reason = measured(head(0.5, background=4.0), mesh).reasons()[0]
    assert reason.startswith("the background outshines the outline")


def test_small_faces_and_no_outline_say_why(head: Draw, mesh: FaceMesh) -> None:
    picture, matte = head(1.0)
    small = replace(mesh, width=torch.tensor([40.0]))
    assert measured((picture, matte), small).reasons() == ["face is 40 px wide: a rim needs 48"]
    everywhere = torch.ones_like(matte)
    reasons = measured((picture, everywhere), mesh).reasons()
    assert reasons == ["too little of the outline away from the key is in the frame"]


def test_marks_lie_inside_the_outline(head: Draw, mesh: FaceMesh) -> None:
    drawn = rim_marks(band(head(1.0), mesh, key())).paths["rim"][0]
    place = upright(mesh.points, mesh.width).from_frame(
        drawn[drawn.isfinite().all(2).all(1)].flatten(0, 1)[None]
    )
    radius = place[0].norm(dim=1)
    assert len(radius) > 40
    assert ((radius > RADIUS - 0.07) & (radius < RADIUS)).all()
