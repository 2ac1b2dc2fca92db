"""face_share of ovals whose area is known."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from lightmeter.measure.frame.face_share import face_share
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import topology

FRAME = torch.zeros(1, 3, 200, 300)


@pytest.fixture
def oval() -> Callable[..., FaceMesh]:
    def build(x: float, y: float, across: float, down: float) -> FaceMesh:
        """A mesh whose oval lies on an ellipse with these half axes."""
        loop = topology().oval
        turn = torch.arange(len(loop)) * (2 * math.pi / len(loop))
        points = torch.full((1, 478, 3), torch.nan)
        points[0, loop, 0] = x + across * turn.sin()
        points[0, loop, 1] = y - down * turn.cos()
        one = torch.ones(1)
        return FaceMesh(points, one > 0, one.long(), 2 * across * one)

    return build


@pytest.mark.parametrize(("across", "down"), [(40, 60), (80, 90), (5, 5)])
def test_area_of_a_known_oval(oval: Callable[..., FaceMesh], across: float, down: float) -> None:
    # A regular n-gon on an ellipse has n/2 sin(2 pi / n) a b, 99.5 % of pi a b for the oval's 36 corners.
    area = 18 * math.sin(2 * math.pi / 36) * across * down
    assert float(face_share(FRAME, oval(150, 100, across, down)).value) == pytest.approx(
        area / 60_000, rel=1e-4
    )


def test_place_and_mirror_do_not_matter_and_scale_counts_squared(oval: Callable[..., FaceMesh]) -> None:
    one = float(face_share(FRAME, oval(150, 100, 20, 30)).value)
    assert float(face_share(FRAME, oval(60, 120, -20, 30)).value) == pytest.approx(one)
    assert float(face_share(FRAME, oval(150, 100, 40, 60)).value) == pytest.approx(4 * one)


def test_what_the_frame_cuts_off_does_not_count(oval: Callable[..., FaceMesh]) -> None:
    whole = float(face_share(FRAME, oval(150, 100, 40, 60)).value)
    assert float(face_share(FRAME, oval(0, 100, 40, 60)).value) == pytest.approx(whole / 2, rel=1e-3)


def test_not_measured_without_a_face(no_face: FaceMesh) -> None:
    assert face_share(FRAME, no_face).reasons() == ["no face"]
