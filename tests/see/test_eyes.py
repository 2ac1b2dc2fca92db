"""Eye windows: the right place, one scale, the lids, and neighbours that do not matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from lightmeter.read.picture import Picture
from lightmeter.see.eyes import REACH, SIDE, EyeWindows, eyes
from lightmeter.see.natives import natives
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import IRIS_LEFT, IRIS_RIGHT


@pytest.fixture(scope="module")
def large(picture_of: Callable[..., Picture]) -> Picture:
    """1400 x 1752 native pixels, four times the astronaut's frame: red codes x, green y."""
    x, y = np.meshgrid(np.arange(1400) + 0.5, np.arange(1752) + 0.5)
    return picture_of(np.stack((x / 1400, y / 1752, np.full(x.shape, 0.2)), 2))


@pytest.fixture(scope="module")
def framed(astronaut_face: FaceMesh, large: Picture) -> tuple[Tensor, FaceMesh]:
    """The picture's frame and the astronaut's mesh on it."""
    frame = large.frame()[None]
    by = frame.shape[3] / 350
    return frame, replace(astronaut_face, points=astronaut_face.points * by, width=astronaut_face.width * by)


def cut(pictures: tuple[Picture, ...], frame: Tensor, face: FaceMesh) -> EyeWindows:
    return eyes(natives(pictures, frame), face)


def test_the_iris_is_where_the_window_says(large: Picture, framed: tuple[Tensor, FaceMesh]) -> None:
    frame, face = framed
    found = cut((large,), frame, face)
    assert found.linear.shape == (1, 2, 3, SIDE, SIDE)
    for eye, centre in enumerate((IRIS_LEFT, IRIS_RIGHT)):
        x, y = face.points[0, centre, :2] * 1752 / frame.shape[2]
        column, row, radius = found.iris[0, eye]
        assert float(radius) == pytest.approx(SIDE / 2 / REACH, rel=0.02)
        # The codes rise by one native pixel a pixel; the iris' centre lies between four of the window's.
        at = found.linear[0, eye, :, int(row - 0.5), int(column - 0.5)]
        step = float(found.diameter[0, eye]) / 2 / float(radius)
        assert float(at[0]) * 1400 == pytest.approx(float(x), abs=step)
        assert float(at[1]) * 1752 == pytest.approx(float(y), abs=step)


def test_offsets_are_right_and_up_in_iris_radii(large: Picture, framed: tuple[Tensor, FaceMesh]) -> None:
    found = cut((large,), *framed)
    right, up = found.offset()[0, 0]
    assert float(right[0, -1]) == pytest.approx(REACH, abs=0.1)
    assert float(up[0, 0]) == pytest.approx(REACH, abs=0.1)
    assert float(right[0, 0]) == pytest.approx(-REACH, abs=0.1)


def test_the_scale_is_native_and_the_window_is_not(
    large: Picture, framed: tuple[Tensor, FaceMesh], picture_of: Callable[..., Picture]
) -> None:
    frame, face = framed
    small = picture_of(frame[0].permute(1, 2, 0).numpy())
    native, reduced = cut((large,), frame, face), cut((small,), frame, face)
    ratio = native.diameter / reduced.diameter
    torch.testing.assert_close(ratio, torch.full((1, 2), 1752 / 1024), rtol=1e-3, atol=0)
    torch.testing.assert_close(native.frame, reduced.frame)
    torch.testing.assert_close(native.iris[..., 2], reduced.iris[..., 2], rtol=0.05, atol=0)


def test_the_opening_lies_between_the_lids(large: Picture, framed: tuple[Tensor, FaceMesh]) -> None:
    found = cut((large,), *framed)
    assert set(found.opening.unique().tolist()) == {0.0, 1.0}
    assert (found.opening[0, :, SIDE // 2, SIDE // 2] == 1).all()
    assert (found.opening[0, :, 0] == 0).all()
    assert (found.opening[0, :, -1] == 0).all()


def test_beyond_the_picture_nothing_is_open(large: Picture, framed: tuple[Tensor, FaceMesh]) -> None:
    frame, face = framed
    shift = face.points[0, IRIS_LEFT, 0].clone()
    found = cut(
        (large,), frame, replace(face, points=face.points - torch.stack((shift, shift * 0, shift * 0)))
    )
    assert (found.opening[0, 0, :, : SIDE // 2 - 1] == 0).all()
    assert found.opening[0, 0].any()


def test_without_a_face_nothing_is_open(large: Picture, no_face: FaceMesh) -> None:
    found = cut((large,), large.frame()[None], no_face)
    assert (found.opening == 0).all()
    assert found.diameter.isnan().all()
    assert found.refusals[0].when.all()


def test_neighbours_do_not_matter(large: Picture, framed: tuple[Tensor, FaceMesh]) -> None:
    frame, face = framed
    pair = FaceMesh(
        torch.cat((torch.full_like(face.points, torch.nan), face.points)),
        torch.tensor([False, True]),
        torch.tensor([0, 1]),
        torch.cat((torch.full_like(face.width, torch.nan), face.width)),
    )
    both, alone = cut((large, large), frame.repeat(2, 1, 1, 1), pair), cut((large,), frame, face)
    assert torch.equal(both.linear[1:], alone.linear)
    assert torch.equal(both.opening[1:], alone.opening)
