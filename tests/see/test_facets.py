"""Facets under a real mesh, over frames whose colour is known everywhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lightmeter.engine.scene import Scene
from lightmeter.see.facets import Facets, bare_skin
from lightmeter.see.regions import FaceMesh, Matte
from lightmeter.see.topology import topology

HEIGHT, WIDTH = 438, 350


def facets_of(linear: Tensor, face: FaceMesh) -> Facets:
    """Through the graph, with no subject around the face, so that no hair hides any of it."""
    nobody = Matte(torch.zeros(len(linear), 1, *linear.shape[2:]))
    found: Facets = Scene({"linear": linear, "face": face, "subject": nobody}).input("facets")
    return found


def ramp() -> Tensor:
    """Red rises across, green down, blue is even; all linear in the place of a pixel's centre."""
    x = (torch.arange(WIDTH) + 0.5) / WIDTH
    y = (torch.arange(HEIGHT) + 0.5) / HEIGHT
    planes = (x.expand(HEIGHT, -1), y[:, None].expand(-1, WIDTH), torch.full((HEIGHT, WIDTH), 0.25))
    return torch.stack(planes)[None]


def test_a_ramp_reads_as_itself_at_each_facets_centre(astronaut_face: FaceMesh) -> None:
    # The 25 samples of a triangle are centred on its centroid, and bilinear reading of a ramp is exact.
    found = facets_of(ramp(), astronaut_face)
    assert found.linear.shape == (1, 3, 852)
    torch.testing.assert_close(found.linear[0, 0], found.centre[0, :, 0] / WIDTH, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.linear[0, 1], found.centre[0, :, 1] / HEIGHT, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.linear[0, 2], torch.full((852,), 0.25))
    assert float(found.width) == float(astronaut_face.width)


def test_weights_are_visible_square_pixels_of_bare_skin(astronaut_face: FaceMesh) -> None:
    found, shape = facets_of(ramp(), astronaut_face), topology()
    x, y = astronaut_face.points[0, shape.oval, :2].unbind(1)
    oval = float((x * y.roll(-1) - x.roll(-1) * y).sum().abs() / 2)
    assert 0.4 * oval < float(found.skin.sum()) < oval
    assert (found.skin[0, ~bare_skin(torch.device("cpu"))] == 0).all()
    assert (found.skin[0, found.normal[0, :, 2] <= 0.15] == 0).all()


def test_lips_eyes_and_brows_are_not_bare(astronaut_face: FaceMesh) -> None:
    shape, bare = topology(), bare_skin(torch.device("cpu"))
    for loop in (shape.lips_outer, shape.eye_left, shape.eye_right, shape.brow_left):
        along = torch.isin(shape.triangles, loop).sum(1) >= 2
        assert along.any()
        assert not bare[along].any()


def test_normals_of_a_ball_are_its_radii(astronaut_face: FaceMesh) -> None:
    # The mesh laid on a sphere of 1.2 face widths around a point behind the face.
    points = astronaut_face.points.clone()
    centre, radius = points[0, 4, :2].clone(), 1.2 * float(astronaut_face.width)
    offset = points[..., :2] - centre
    points[..., 2] = -(radius**2 - offset.square().sum(-1)).sqrt()
    found = facets_of(ramp(), replace(astronaut_face, points=points))
    x, y = ((found.centre[0] - centre) / radius).unbind(1)
    true = torch.stack((x, -y, (1 - x**2 - y**2).sqrt()), 1)
    cosine = (found.normal[0] * true).sum(1)[found.skin[0] > 0]
    assert torch.rad2deg(torch.acos(cosine.clamp(-1, 1))).mean() < 1.0
    torch.testing.assert_close(found.normal.norm(dim=2), torch.ones(1, 852))


def test_clipping_is_counted_per_sample(astronaut_face: FaceMesh) -> None:
    linear = torch.full((1, 3, HEIGHT, WIDTH), 0.5)
    assert (facets_of(linear, astronaut_face).clipped == 0).all()
    linear[:, 1] = 1.0  # one channel is enough
    assert (facets_of(linear, astronaut_face).clipped == 1).all()


def test_what_lies_outside_the_frame_weighs_nothing(astronaut_face: FaceMesh) -> None:
    middle = float(astronaut_face.points[0, 4, 0])
    shifted = replace(astronaut_face, points=astronaut_face.points - torch.tensor([middle, 0.0, 0.0]))
    found = facets_of(ramp(), shifted)
    assert (found.skin[found.centre[..., 0] < 0] == 0).all()
    assert found.skin[found.centre[..., 0] > 10].sum() > 0


def test_a_face_wholly_outside_has_no_skin_and_says_so(astronaut_face: FaceMesh) -> None:
    away = replace(astronaut_face, points=astronaut_face.points + 5000)
    found = facets_of(ramp(), away)
    assert (found.skin == 0).all()
    reasons = [refusal.because for refusal in found.refusals if refusal.when.any()]
    assert reasons == ["no bare skin of the face is in sight"]


def test_without_a_face_all_is_finite_and_weighs_nothing(no_face: FaceMesh) -> None:
    found = facets_of(torch.rand(1, 3, 64, 64), no_face)
    assert (found.skin == 0).all()
    assert torch.isfinite(found.linear).all()
    assert found.refusals[0].because == "no face"
    assert found.refusals[0].when.all()


@pytest.mark.parametrize("gain", [0.25, 2.0])
def test_linear_in_light(astronaut_face: FaceMesh, gain: float) -> None:
    one, other = (facets_of(each, astronaut_face) for each in (0.4 * ramp(), 0.4 * gain * ramp()))
    torch.testing.assert_close(other.linear, gain * one.linear)
    torch.testing.assert_close(other.skin, one.skin)
