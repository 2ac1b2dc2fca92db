"""Plain skin under a real mesh: smooth light stays, hair and features go."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightmeter.engine.scene import Scene
from lightmeter.see.facets import Facets, facet_texture
from lightmeter.see.plain import plain_skin
from lightmeter.see.regions import FaceMesh, Matte
from lightmeter.see.topology import topology

HEIGHT, WIDTH = 438, 350
HUE = torch.tensor([0.5, 0.3, 0.22])[None, :, None, None]


def seen(linear: Tensor, face: FaceMesh) -> tuple[Facets, Facets]:
    """`facets` and `plain_facets`, with no subject around the face, so that no hair hides any of it."""
    nobody = Matte(torch.zeros(len(linear), 1, *linear.shape[2:]))
    scene = Scene({"linear": linear, "face": face, "subject": nobody})
    return scene.input("facets"), scene.input("plain_facets")


def falling(stops: float) -> Tensor:
    """(1, 3, H, W) skin whose luminance falls by so many stops per 100 px across the frame."""
    x = torch.arange(WIDTH).expand(HEIGHT, -1)
    return HUE * torch.exp2(-stops * (x - 150) / 100)


def kept(linear: Tensor, face: FaceMesh, where: Tensor) -> float:
    """Share of the weight of features-free skin that is left in the half where `where` (F,) holds."""
    facets, plain = seen(linear, face)
    full = facets.skin[0] * plain_skin(torch.device("cpu")) * where
    return float((plain.skin[0] * where).sum() / full.sum())


def right_half(face: FaceMesh) -> Tensor:
    facets, _ = seen(falling(0), face)
    return facets.centre[0, :, 0] > face.points[0, 4, 0] + 5


def test_features_and_what_touches_them_are_not_plain() -> None:
    shape, plain = topology(), plain_skin(torch.device("cpu"))
    for loop in (shape.lips_outer, shape.lips_inner, shape.eye_left, shape.eye_right, shape.brow_left):
        assert not plain[torch.isin(shape.triangles, loop).any(1)].any()
    # Both lips lie between their outer and inner loops, with corners on neither: points 11 and 16.
    for lip in (11, 16):
        assert not plain[(shape.triangles == lip).any(1)].any()
    # A cheek, the tip of the nose and the chin.
    for point in (50, 280, 4, 152):
        assert plain[(shape.triangles == point).any(1)].any()


def test_plain_skin_is_the_same_on_both_sides() -> None:
    shape, plain = topology(), plain_skin(torch.device("cpu"))
    sides = {tuple(sorted(corners)) for corners in shape.triangles[plain].tolist()}
    other = {tuple(sorted(corners)) for corners in shape.mirror[shape.triangles[plain]].tolist()}
    assert len(sides & other) > 0.95 * len(sides)


@pytest.mark.parametrize("stops", [0.0, 2.0, 5.0])
def test_smooth_light_has_no_texture_however_steep(astronaut_face: FaceMesh, stops: float) -> None:
    # log2 luminance is a plane; bilinear reading and the floor of 0.003 bend it by little.
    texture = facet_texture(falling(stops), astronaut_face)
    assert texture.shape == (1, 852)
    assert float(texture[seen(falling(stops), astronaut_face)[0].skin > 0].median()) < 0.01


def test_texture_is_the_rms_of_what_is_laid_on(astronaut_face: FaceMesh) -> None:
    # Independent noise of 0.3 stops per pixel. Bilinear reading of the 25 samples of a facet some 5 px
    # large averages neighbours, (2/3)^2 of the variance on average, so 0.3 x 2/3 = 0.2 and less.
    noise = 0.3 * torch.randn(1, 1, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0))
    texture = facet_texture(falling(0) * torch.exp2(noise), astronaut_face)
    used = seen(falling(0), astronaut_face)[0].skin > 20
    assert 0.12 < float(texture[used].median()) < 0.22


def test_skin_in_shadow_stays_whatever_its_depth(astronaut_face: FaceMesh) -> None:
    linear = falling(0)
    linear[..., int(astronaut_face.points[0, 4, 0]) :] /= 2**5
    assert kept(linear, astronaut_face, right_half(astronaut_face)) > 0.85


def test_hair_across_the_face_goes(astronaut_face: FaceMesh) -> None:
    # Strands 2 px wide, 3 stops under the skin, over the right half.
    linear = falling(0)
    middle = int(astronaut_face.points[0, 4, 0])
    linear[..., middle::4] /= 8
    linear[..., middle + 1 :: 4] /= 8
    right = right_half(astronaut_face)
    assert kept(linear, astronaut_face, right) < 0.1
    assert kept(linear, astronaut_face, ~right) > 0.8


def test_the_rougher_the_less_it_weighs(astronaut_face: FaceMesh) -> None:
    noise = torch.randn(1, 1, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0))
    everywhere = torch.ones(852, dtype=torch.bool)
    found = [
        kept(falling(0) * torch.exp2(depth * noise), astronaut_face, everywhere)
        for depth in (0.0, 0.2, 0.4, 0.8)
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.99


def test_clipped_red_is_restored_from_green(astronaut_face: FaceMesh) -> None:
    # Left of the nose red would be 1.2 and clips, green and blue do not; right of it nothing does.
    linear = falling(0)
    linear[..., : int(astronaut_face.points[0, 4, 0])] *= 2.4
    _, plain = seen(linear.clamp(max=1.0), astronaut_face)
    lit = (plain.clipped[0] == 1) & (plain.skin[0] > 0)
    assert lit.any()
    torch.testing.assert_close(plain.linear[0, 0, lit], torch.full((int(lit.sum()),), 1.2))


def test_nothing_is_plain_without_a_face(no_face: FaceMesh) -> None:
    _, plain = seen(torch.rand(1, 3, 64, 64), no_face)
    assert (plain.skin == 0).all()
    assert torch.isfinite(plain.linear).all()
    assert plain.refusals[0].because == "no face"
