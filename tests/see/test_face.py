"""The provider `face`: finds, refuses, and does not move with exposure, mirror, size or neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage import data
from torch import Tensor
from torch.nn import functional as F

from lightmeter.see.detect import candidates
from lightmeter.see.face import face
from lightmeter.see.provide import inputs_of, providers
from lightmeter.see.topology import IRIS_LEFT, IRIS_RIGHT, topology


def to_linear(x: Tensor) -> Tensor:
    return torch.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def to_encoded(x: Tensor) -> Tensor:
    return torch.where(x <= 0.0031308, x * 12.92, 1.055 * x.clamp(min=1e-9) ** (1 / 2.4) - 0.055)


def picture(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


@pytest.fixture(scope="module")
def astronaut() -> Tensor:
    return picture(data.astronaut())


@pytest.fixture(scope="module")
def points(astronaut: Tensor) -> Tensor:
    found = face(astronaut)
    assert found.present.tolist() == [True]
    return found.points[0]


def moved(found: Tensor, expected: Tensor) -> float:
    """Mean distance in the picture plane, as a share of the eye distance."""
    eyes = (expected[IRIS_LEFT] - expected[IRIS_RIGHT])[:2].norm()
    return float((found - expected)[:, :2].norm(dim=1).mean() / eyes)


def test_is_an_input_named_face() -> None:
    assert providers()["face"] is face
    assert inputs_of(face) == ("encoded",)


def test_finds_the_astronaut(astronaut: Tensor) -> None:
    found = face(astronaut)
    assert found.points.shape == (1, 478, 3)
    assert found.points.dtype == torch.float32
    assert found.count.tolist() == [1]
    assert not found.refusals[0].when.any()
    assert 85 < float(found.width) < 125
    # Where a person sees the pupils and the tip of the nose.
    expected = torch.tensor([[204.0, 101.0], [247.0, 104.0], [224.0, 127.0]])
    assert torch.cdist(found.points[0, [IRIS_LEFT, IRIS_RIGHT, 4], :2], expected).diagonal().max() < 6


@pytest.mark.parametrize("stops", [-3.0, -2.0, -1.0])
def test_exposure_does_not_move_the_mesh(astronaut: Tensor, points: Tensor, stops: float) -> None:
    darker = to_encoded(to_linear(astronaut) * 2**stops)
    assert moved(face(darker).points[0], points) < 0.02


def test_a_mirror_mirrors_the_mesh(astronaut: Tensor, points: Tensor) -> None:
    seen = face(astronaut.flip(-1)).points[0][topology().mirror].clone()
    seen[:, 0] = astronaut.shape[-1] - seen[:, 0]
    assert moved(seen, points) < 0.02


@pytest.mark.parametrize("scale", [0.6, 1.7])
def test_size_scales_the_mesh(astronaut: Tensor, points: Tensor, scale: float) -> None:
    side = round(512 * scale)
    resized = F.interpolate(astronaut, (side, side), mode="bilinear", antialias=True)
    assert moved(face(resized).points[0] / (side / 512), points) < 0.02


@pytest.mark.parametrize("turns", [-25.0, 25.0])
def test_a_tilted_head_is_found(astronaut: Tensor, points: Tensor, turns: float) -> None:
    angle = torch.deg2rad(torch.tensor(turns))
    turn = torch.stack([torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])])
    matrix = torch.cat([turn, torch.zeros(2, 1)], 1)[None]
    grid = F.affine_grid(matrix, list(astronaut.shape), align_corners=False)
    tilted = face(F.grid_sample(astronaut, grid, align_corners=False)).points[0]
    back = (tilted[:, :2] - 256) @ turn.T + 256
    assert moved(back, points[:, :2]) < 0.04


def test_a_tight_crop_is_found(astronaut: Tensor) -> None:
    assert bool(face(astronaut[..., 68:176, 180:272]).present[0])


def test_hard_side_light_on_black_is_found(astronaut: Tensor) -> None:
    """Lit from the left, two stops under: a ramp over the face to a thousandth on its far side."""
    across = torch.linspace(0, 1, 512)
    ramp = ((0.50 - across) / 0.12).clamp(0.001, 1)
    assert bool(face(to_encoded(to_linear(astronaut) * ramp / 4)).present[0])


def test_no_face_is_refused_with_its_reason() -> None:
    cat = F.interpolate(picture(data.chelsea()), (300, 448), mode="bilinear")
    nothing = torch.zeros_like(cat)
    found = face(torch.cat([cat, nothing]))
    assert found.present.tolist() == [False, False]
    assert found.count.tolist() == [0, 0]
    assert torch.isnan(found.points).all()
    assert torch.isnan(found.width).all()
    assert found.refusals[0].text(0) == "no face"
    assert found.refusals[0].when.all()


def test_neighbours_do_not_matter(astronaut: Tensor, points: Tensor) -> None:
    dark = to_encoded(to_linear(astronaut) / 16)
    batch = torch.cat([torch.zeros_like(astronaut), astronaut, dark, torch.rand_like(astronaut)])
    found = face(batch)
    assert found.present.tolist() == [False, True, True, False]
    assert moved(found.points[1], points) < 1e-4


def test_counts_faces_and_takes_the_largest(astronaut: Tensor) -> None:
    head = astronaut[..., 30:200, 140:310]
    small = F.interpolate(head, (120, 120), mode="bilinear", antialias=True)
    scene = torch.full((1, 3, 300, 500), 0.4)
    scene[..., 80:200, 20:140] = small
    scene[..., 60:230, 280:450] = head
    found = face(scene)
    assert found.count.tolist() == [2]
    assert float(found.points[0, :, 0].mean()) > 250


def test_input_is_left_alone(astronaut: Tensor) -> None:
    before = astronaut.clone()
    face(astronaut)
    assert torch.equal(astronaut, before)


def test_candidates_have_fixed_shapes() -> None:
    scores, boxes = candidates(torch.zeros(2, 3, 90, 160))
    assert scores.shape == (2, 8)
    assert boxes.shape == (2, 8, 8)
    assert not scores.any()
