"""Planes of faces whose place, size and tilt are known."""

from __future__ import annotations

import math

import pytest
import torch

from lightmeter.optics.upright import Upright, View, in_frame, resampled, resampled_each, upright

VIEW = View(side=32, columns=48, rows=40, middle=0.0)


def tilted(degrees: float, width: float = 50.0) -> Upright:
    """A face at (60, 70) leaning to the right by some degrees."""
    points = torch.full((1, 478, 3), math.nan)
    lean = math.radians(degrees)
    up = torch.tensor([math.sin(lean), -math.cos(lean)])
    middle = torch.tensor([60.0, 70.0])
    points[:, [234, 454], :2] = middle
    points[0, 10, :2], points[0, 152, :2] = middle + 30 * up, middle - 40 * up
    return upright(points, torch.tensor([width]))


@pytest.mark.parametrize("degrees", [0.0, 20.0, -75.0])
def test_there_and_back(degrees: float) -> None:
    plane = tilted(degrees)
    place = torch.tensor([[[0.0, 0.0], [0.5, 0.2], [-0.3, 0.7]]])
    torch.testing.assert_close(plane.from_frame(plane.to_frame(place)), place)
    torch.testing.assert_close(plane.to_frame(place)[0, 0], torch.tensor([60.0, 70.0]))


def test_upright_face_sees_the_frame_as_it_is() -> None:
    """x grows to the right, and up is up: a frame of x / 100 reads (60 + 50 across) / 100."""
    frame = (torch.arange(150) + 0.5).expand(150, 150)[None, None] / 100
    seen = resampled(frame, tilted(0.0), VIEW)
    across = VIEW.places(seen)[..., 0]
    torch.testing.assert_close(seen[:, 0], 0.6 + 0.5 * across, rtol=0, atol=1e-5)
    spots = torch.tensor([[[[0.25, 0.1], [-0.5, -0.2]]]])
    torch.testing.assert_close(
        VIEW.sampled(seen, spots)[0, 0, 0], torch.tensor([0.725, 0.35]), rtol=0, atol=1e-4
    )


def test_in_frame_keeps_its_margin() -> None:
    place = torch.tensor([[[0.0, 0.0], [-1.1, 0.0], [-1.25, 0.0]]])
    frame = torch.zeros(1, 1, 150, 150)
    assert in_frame(frame, tilted(0.0), place, 0.0).tolist() == [[True, True, False]]
    assert in_frame(frame, tilted(0.0), place, 0.15).tolist() == [[True, False, False]]


def test_no_face_is_finite() -> None:
    plane = upright(torch.full((1, 478, 3), math.nan), torch.tensor([math.nan]))
    assert resampled(torch.rand(1, 1, 20, 20), plane, VIEW).isfinite().all()


def test_each_of_several_is_seen_as_it_is_alone() -> None:
    frames = [torch.rand(1, n, 150, 150, generator=torch.Generator().manual_seed(n)) for n in (1, 3)]
    for frame, seen in zip(frames, resampled_each(frames, tilted(20.0), VIEW), strict=True):
        assert torch.equal(seen, resampled(frame, tilted(20.0), VIEW))


def test_the_grid_is_the_frame_from_minus_one_to_one() -> None:
    plane, frame = tilted(-30.0), torch.zeros(1, 1, 140, 150)
    place = torch.tensor([[[0.1, 0.2], [-0.4, 0.3]]])
    expected = plane.to_frame(place) / torch.tensor([150.0, 140.0]) * 2 - 1
    torch.testing.assert_close(plane.to_grid(place, frame), expected)
