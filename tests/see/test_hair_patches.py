"""Hair patches: where they lie, what of them is read, and their scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from lightmeter.read.picture import Picture
from lightmeter.see.hair_patches import CELL, COUNT, SIDE, HairPatches, hair_patches
from lightmeter.see.natives import natives
from lightmeter.see.regions import FaceMesh, Matte


@pytest.fixture(scope="module")
def above(astronaut: Tensor, astronaut_face: FaceMesh) -> Matte:
    """Hair all over the frame above the eyes."""
    alpha = torch.zeros_like(astronaut[:, :1])
    alpha[:, :, : int(astronaut_face.points[0, 168, 1])] = 1
    return Matte(alpha)


@pytest.fixture(scope="module")
def framed(picture_of: Callable[..., Picture]) -> Callable[..., Picture]:
    """`framed(by)`: a picture `by` times the astronaut's frame, brighter to the right."""

    def build(by: int = 1, level: float = 0.4) -> Picture:
        x = np.arange(350 * by) / (350 * by)
        row = np.repeat((level * (0.5 + x / 2)).astype(np.float32)[None, :, None], 3, axis=2)
        return Picture(np.repeat(picture_of(row).encoded, 438 * by, axis=0), None, "")

    return build


def cut(picture: Picture, hair: Matte, face: FaceMesh) -> HairPatches:
    frame = picture.frame(438)[None]
    return hair_patches(natives((picture,), frame), frame, hair, face)


def test_windows_lie_on_the_brightest_hair(
    framed: Callable[..., Picture], above: Matte, astronaut_face: FaceMesh
) -> None:
    found = cut(framed(), above, astronaut_face)
    assert found.light.shape == found.hair.shape == (1, COUNT, SIDE, SIDE)
    known = found.centre[0][~found.centre[0].isnan().any(1)]
    assert 4 <= len(known) <= COUNT
    assert (known[:, 1] < astronaut_face.points[0, 168, 1]).all()
    assert known[:, 0].diff().max() <= 1e-3  # from the right, where it is brightest, to the left


def test_a_cell_of_the_window_is_read(
    framed: Callable[..., Picture], above: Matte, astronaut_face: FaceMesh
) -> None:
    found = cut(framed(), above, astronaut_face)
    across = CELL * float(found.face_width)
    assert found.hair[0].sum((1, 2)).max() == pytest.approx(across**2, rel=0.15)


@pytest.mark.parametrize("by", [1, 2, 5])
def test_large_faces_are_averaged_to_the_same_windows(
    framed: Callable[..., Picture], above: Matte, astronaut_face: FaceMesh, by: int
) -> None:
    found = cut(framed(by), above, astronaut_face)
    native = by * float(astronaut_face.width)
    assert float(found.pooled) == max(1, native // 240)
    assert float(found.face_width) == pytest.approx(native / float(found.pooled), rel=1e-3)
    for n in range(3):
        x = float(found.centre[0, n, 0]) / 350
        middle = found.light[0, n, SIDE // 2 - 1 : SIDE // 2 + 1, SIDE // 2 - 1 : SIDE // 2 + 1].mean()
        assert float(middle) == pytest.approx(0.4 * (0.5 + x / 2), rel=0.01)


def test_black_and_burnt_out_hair_is_found_and_not_read(
    framed: Callable[..., Picture], above: Matte, astronaut_face: FaceMesh
) -> None:
    for level in (0.001, 2.5):
        found = cut(framed(level=level), above, astronaut_face)
        assert float(found.cells) >= 4
        assert float(found.hair.sum()) == 0


def test_no_hair_no_windows(framed: Callable[..., Picture], above: Matte, astronaut_face: FaceMesh) -> None:
    found = cut(framed(), replace(above, alpha=torch.zeros_like(above.alpha)), astronaut_face)
    assert found.centre.isnan().all()
    assert float(found.cells) == 0
    assert float(found.hair.sum()) == 0


def test_without_a_face_nothing_is_read(
    framed: Callable[..., Picture], above: Matte, no_face: FaceMesh
) -> None:
    found = cut(framed(), above, no_face)
    assert float(found.hair.sum()) == 0
    assert found.face_width.isnan().all()


def test_neighbours_do_not_matter(
    framed: Callable[..., Picture], above: Matte, astronaut_face: FaceMesh
) -> None:
    pair = FaceMesh(
        torch.cat((astronaut_face.points, torch.full_like(astronaut_face.points, torch.nan))),
        torch.tensor([True, False]),
        torch.tensor([1, 0]),
        torch.cat((astronaut_face.width, torch.full_like(astronaut_face.width, torch.nan))),
    )
    small, large = framed(1), framed(4)
    frame = torch.stack([small.frame(438), large.frame(438)])
    both = hair_patches(
        natives((large, small), frame), frame.flip(0), Matte(above.alpha.repeat(2, 1, 1, 1)), pair
    )
    alone = cut(large, above, astronaut_face)
    torch.testing.assert_close(both.light[:1], alone.light)
    torch.testing.assert_close(both.hair[:1], alone.hair)
    assert float(both.hair[1].sum()) == 0
