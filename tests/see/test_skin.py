"""Skin and hair on a painted portrait: every pixel's part is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from lightmeter.engine.scene import Scene
from lightmeter.see.regions import FaceMesh, Matte
from lightmeter.see.topology import topology

HEIGHT, WIDTH = 438, 350
SKIN, HAIR, CLOTH, WALL = (0.45, 0.28, 0.2), (0.03, 0.02, 0.012), (0.05, 0.1, 0.4), (0.3, 0.3, 0.3)


@pytest.fixture(scope="module")
def painted(astronaut_face: FaceMesh) -> dict[str, Tensor]:
    """`linear` (1, 3, H, W), `subject` and where each part was painted, (H, W) bool.

    Around the real mesh: a cap of hair, the face's oval, a neck, and clothes below it.
    """
    points = astronaut_face.points[0, :, :2].numpy()
    width = float(astronaut_face.width)
    chin, brow = points[152], points[168]
    planes = {name: np.zeros((HEIGHT, WIDTH), np.uint8) for name in ("hair", "face", "neck", "cloth")}
    across, down = int(0.75 * width), int(0.95 * width)
    middle = (int(brow[0]), int(brow[1]))
    cv2.ellipse(planes["hair"], middle, (across, down), 0, 180, 360, 1, -1)
    cv2.fillPoly(planes["face"], [points[topology().oval.numpy()].round().astype(np.int32)], 1)
    left, right = int(chin[0] - 0.3 * width), int(chin[0] + 0.3 * width)
    planes["neck"][int(chin[1]) - 20 : int(chin[1] + 0.35 * width), left:right] = 1
    planes["cloth"][int(chin[1] + 0.35 * width) :, :] = 1
    masks = {name: torch.from_numpy(plane > 0) for name, plane in planes.items()}
    masks["hair"] &= ~masks["face"]
    masks["neck"] &= ~masks["face"]
    linear = torch.tensor(WALL)[:, None, None].expand(3, HEIGHT, WIDTH)
    for name, colour in (("cloth", CLOTH), ("hair", HAIR), ("neck", SKIN), ("face", SKIN)):
        linear = torch.where(masks[name], torch.tensor(colour)[:, None, None], linear)
    whole = torch.stack(list(masks.values())).any(0)
    grain = torch.exp(0.05 * torch.randn(1, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0)))
    return {**masks, "linear": (linear * grain)[None], "subject": whole[None, None].float()}


def parts_of(linear: Tensor, subject: Tensor, face: FaceMesh) -> tuple[Matte, Matte]:
    scene = Scene({"linear": linear, "face": face, "subject": Matte(subject)})
    return scene.input("skin"), scene.input("hair")


def share(matte: Matte, where: Tensor) -> float:
    return float(matte.alpha[0, 0][where].mean())


def test_each_part_is_found_where_it_was_painted(
    painted: dict[str, Tensor], astronaut_face: FaceMesh
) -> None:
    skin, hair = parts_of(painted["linear"], painted["subject"], astronaut_face)
    wall = painted["subject"][0, 0] == 0
    assert skin.alpha.shape == hair.alpha.shape == (1, 1, HEIGHT, WIDTH)
    assert share(skin, painted["face"]) > 0.8, "all but eyes and lips"
    assert share(skin, painted["neck"]) > 0.95, "skin beyond the mesh, by its colour"
    assert share(hair, painted["hair"]) > 0.9
    for matte, elsewhere in (
        (skin, "hair"),
        (skin, "cloth"),
        (hair, "face"),
        (hair, "neck"),
        (hair, "cloth"),
    ):
        assert share(matte, painted[elsewhere]) < 0.05
    assert share(skin, wall) == share(hair, wall) == 0
    assert float((skin.alpha * hair.alpha).max()) == 0


def test_eyes_and_lips_are_no_skin(painted: dict[str, Tensor], astronaut_face: FaceMesh) -> None:
    skin, _ = parts_of(painted["linear"], painted["subject"], astronaut_face)
    shape = topology()
    for loop in (shape.lips_outer, shape.eye_left, shape.eye_right):
        x, y = astronaut_face.points[0, loop, :2].mean(0).round().long()
        assert float(skin.alpha[0, 0, y, x]) == 0


@pytest.mark.parametrize("gain", [0.6, 1.5])
def test_exposure_hardly_matters(painted: dict[str, Tensor], astronaut_face: FaceMesh, gain: float) -> None:
    before = parts_of(painted["linear"], painted["subject"], astronaut_face)
    after = parts_of(gain * painted["linear"], painted["subject"], astronaut_face)
    for one, other in zip(before, after, strict=True):
        assert float((one.alpha - other.alpha).abs().mean()) < 0.01


def test_shadowed_cheek_is_skin_all_the_same(painted: dict[str, Tensor], astronaut_face: FaceMesh) -> None:
    linear = painted["linear"].clone()
    middle = int(astronaut_face.points[0, 4, 0])
    linear[..., middle:] /= 16
    skin, _ = parts_of(linear, painted["subject"], astronaut_face)
    half = painted["face"].clone()
    half[:, :middle] = False
    half[: int(astronaut_face.points[0, 168, 1])] = False  # a forehead may lie under hair
    assert share(skin, half) > 0.75


def test_nothing_is_known_without_a_face(no_face: FaceMesh) -> None:
    for matte in parts_of(torch.rand(1, 3, 64, 64), torch.ones(1, 1, 64, 64), no_face):
        assert float(matte.alpha.max()) == 0
        assert matte.refusals[0].because == "no face"
        assert matte.refusals[0].when.all()


def test_neighbours_do_not_matter(painted: dict[str, Tensor], astronaut_face: FaceMesh) -> None:
    def joined(name: str) -> Tensor:
        one = getattr(astronaut_face, name)
        other = torch.full_like(one, torch.nan) if one.is_floating_point() else torch.zeros_like(one)
        return torch.cat((one, other))

    both = FaceMesh(joined("points"), joined("present"), joined("count"), joined("width"))
    pair = torch.cat((painted["linear"], torch.rand_like(painted["linear"])))
    subjects = torch.cat((painted["subject"], torch.ones_like(painted["subject"])))
    alone = parts_of(painted["linear"], painted["subject"], astronaut_face)
    together = parts_of(pair, subjects, both)
    for one, two in zip(alone, together, strict=True):
        assert torch.equal(two.alpha[:1], one.alpha)
        assert float(two.alpha[1].max()) == 0
