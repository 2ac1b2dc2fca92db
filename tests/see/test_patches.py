"""Skin patches: native pixels, the right ones, and which of them are skin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from lightmeter.read.picture import Picture
from lightmeter.see.natives import natives
from lightmeter.see.patches import SIDE, SkinPatches, bare_plane, broad_patches, skin_patches
from lightmeter.see.regions import FaceMesh

PLACES = 7


@pytest.fixture(scope="module")
def large(picture_of: Callable[..., Picture]) -> Picture:
    """1400 x 1752 native pixels, four times the astronaut's frame: red codes x, green y."""
    x, y = np.meshgrid(np.arange(1400), np.arange(1752))
    return picture_of(np.stack((x / 1400, y / 1752, np.full(x.shape, 0.2)), 2))


@pytest.fixture(scope="module")
def framed(astronaut_face: FaceMesh, large: Picture) -> tuple[Tensor, FaceMesh]:
    """The picture's frame and the astronaut's mesh on it."""
    frame = large.frame()[None]
    by = frame.shape[3] / 350
    return frame, replace(astronaut_face, points=astronaut_face.points * by, width=astronaut_face.width * by)


def cut(pictures: tuple[Picture, ...], frame: Tensor, face: FaceMesh) -> SkinPatches:
    found = natives(pictures, frame)
    return skin_patches(found, face, bare_plane(found, face))


def broad(pictures: tuple[Picture, ...], frame: Tensor, face: FaceMesh) -> SkinPatches:
    found = natives(pictures, frame)
    bare = bare_plane(found, face)
    return broad_patches(found, face, bare, skin_patches(found, face, bare))


def test_windows_are_native_pixels_around_their_places(
    large: Picture, framed: tuple[Tensor, FaceMesh]
) -> None:
    found = cut((large,), *framed)
    assert found.linear.shape == (1, PLACES, 3, SIDE, SIDE)
    assert found.bare.shape == (1, PLACES, SIDE, SIDE)
    red = found.linear[0, :, 0] * 1400
    # One native pixel is one step of the code: nothing was resampled.
    torch.testing.assert_close(red.diff(dim=2), torch.ones(PLACES, SIDE, SIDE - 1), atol=0.1, rtol=0)
    frame, face = framed
    for n, place in enumerate((151, 108, 337, 50, 280, 197, 199)):
        x, y = face.points[0, place, :2] * 1752 / frame.shape[2]
        assert float(red[n, 0, SIDE // 2]) == pytest.approx(float(x), abs=1.1)
        green = found.linear[0, n, 1, SIDE // 2, 0] * 1752
        assert float(green) == pytest.approx(float(y), abs=1.1)


def test_the_scale_is_native_pixels_per_face(large: Picture, framed: tuple[Tensor, FaceMesh]) -> None:
    frame, face = framed
    found = cut((large,), frame, face)
    assert max(frame.shape[2:]) == 1024
    assert float(found.face_width) == pytest.approx(float(face.width) * 1752 / 1024)


def test_cheeks_and_forehead_are_bare_and_the_lips_are_not(
    large: Picture, framed: tuple[Tensor, FaceMesh]
) -> None:
    found = cut((large,), *framed)
    assert set(found.bare.unique().tolist()) <= {0.0, 1.0}
    assert found.bare[0].mean((1, 2)).min() > 0.3
    chin, cheek = found.bare[0, 6], found.bare[0, 3]
    assert cheek[SIDE // 2, SIDE // 2] == 1
    assert chin[SIDE // 2, SIDE // 2] == 1


def test_beyond_the_picture_nothing_is_bare(large: Picture, framed: tuple[Tensor, FaceMesh]) -> None:
    frame, face = framed
    shift = face.points[0, 50, 0].clone()  # the cheek at image left comes to lie on the picture's edge
    shifted = replace(face, points=face.points - torch.stack((shift, shift * 0, shift * 0)))
    found = cut((large,), frame, shifted)
    assert (found.bare[0, 3, :, : SIDE // 2 - 1] == 0).all()
    assert torch.isfinite(found.linear).all()


def test_without_a_face_nothing_is_bare(large: Picture, no_face: FaceMesh) -> None:
    found = cut((large,), large.frame()[None], no_face)
    assert (found.bare == 0).all()
    assert found.face_width.isnan().all()
    assert found.refusals[0].when.all()


def test_neighbours_do_not_matter(large: Picture, framed: tuple[Tensor, FaceMesh]) -> None:
    frame, face = framed
    pair = FaceMesh(
        torch.cat((face.points, torch.full_like(face.points, torch.nan))),
        torch.tensor([True, False]),
        torch.tensor([1, 0]),
        torch.cat((face.width, torch.full_like(face.width, torch.nan))),
    )
    both = cut((large, large), frame.repeat(2, 1, 1, 1), pair)
    alone = cut((large,), frame, face)
    assert torch.equal(both.linear[:1], alone.linear)
    assert torch.equal(both.bare[:1], alone.bare)
    assert (both.bare[1] == 0).all()


def test_native_sizes_of_a_batch_may_differ(
    large: Picture, framed: tuple[Tensor, FaceMesh], picture_of: Callable[..., Picture]
) -> None:
    """Pictures of one frame shape: one native, one four times as large."""
    frame, face = framed
    native = picture_of(frame[0].permute(1, 2, 0).numpy())
    twice = FaceMesh(
        face.points.repeat(2, 1, 1), torch.tensor([True, True]), torch.tensor([1, 1]), face.width.repeat(2)
    )
    found = cut((native, large), frame.repeat(2, 1, 1, 1), twice)
    assert float(found.face_width[1] / found.face_width[0]) == pytest.approx(1752 / 1024, rel=1e-3)


def test_broad_patches_of_a_small_face_are_the_native_ones(
    large: Picture, framed: tuple[Tensor, FaceMesh]
) -> None:
    native = cut((large,), *framed)
    assert float(native.face_width) < 480
    found = broad((large,), *framed)
    assert torch.equal(found.linear, native.linear)
    assert torch.equal(found.bare, native.bare)


def test_broad_patches_of_a_large_face_are_averages_around_the_same_places(
    large: Picture, framed: tuple[Tensor, FaceMesh]
) -> None:
    """A picture of doubled pixels reads as the one it was doubled from."""
    frame, face = framed
    doubled = Picture(large.encoded.repeat(2, 0).repeat(2, 1), None, "")
    native = cut((doubled,), frame, face)
    found = broad((doubled,), frame, face)
    before = cut((large,), frame, face)
    assert float(native.face_width / found.face_width) == (float(native.face_width) // 240)
    half = round(0.15 * float(found.face_width))
    middle = slice(SIDE // 2 - half, SIDE // 2 + half)
    by = float(before.face_width / found.face_width)
    step = found.linear[0, 3, 0, middle, middle].diff(dim=1) * 1400
    # Three doubled pixels are one and a half: steps of 4/3 and 5/3 by turns.
    torch.testing.assert_close(step, torch.full_like(step, by), atol=0.2, rtol=0)
    centre = [float(each.linear[0, 3, 0, SIDE // 2, SIDE // 2]) * 1400 for each in (before, found)]
    assert centre[1] == pytest.approx(centre[0], abs=2 * by)
    assert found.bare[0, 3, SIDE // 2, SIDE // 2] == 1
