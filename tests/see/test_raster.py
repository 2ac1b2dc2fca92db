"""Filled polygons: known shapes, and the host's way against the device's."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightmeter.see import waiting
from lightmeter.see.raster import filled
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import topology

BOTH = pytest.mark.parametrize("looks", [True, False], ids=["host", "device"])


def fill(
    monkeypatch: pytest.MonkeyPatch, looks: bool, corners: Tensor, size: tuple[int, int], bits: int = 0
) -> Tensor:
    drawn = torch.ones(corners.shape[:2], dtype=torch.bool)
    with monkeypatch.context() as patch:
        patch.setattr(waiting, "may_look", lambda _: looks)
        return filled(corners, drawn, size, bits)


@BOTH
def test_a_box_holds_its_corners(monkeypatch: pytest.MonkeyPatch, looks: bool) -> None:
    box = torch.tensor([[2.0, 3.0], [6.0, 3.0], [6.0, 5.0], [2.0, 5.0]])[None, None]
    found = fill(monkeypatch, looks, box, (10, 12))[0]
    assert found.sum() == 5 * 3
    assert found[3:6, 2:7].all()


@BOTH
def test_what_reaches_beyond_the_plane_is_cut(monkeypatch: pytest.MonkeyPatch, looks: bool) -> None:
    box = torch.tensor([[-9.0, -4.0], [6.0, -4.0], [6.0, 25.0], [-9.0, 25.0]])[None, None]
    found = fill(monkeypatch, looks, box, (10, 12))[0]
    assert found[:, :7].all()
    assert not found[:, 7:].any()


@BOTH
def test_triangles_that_share_an_edge_leave_no_gap(monkeypatch: pytest.MonkeyPatch, looks: bool) -> None:
    a, b, c, d = (torch.tensor(each) for each in ((1.0, 2.0), (40.0, 5.0), (33.0, 47.0), (4.0, 30.0)))
    found = fill(
        monkeypatch, looks, torch.stack((torch.stack((a, b, c)), torch.stack((a, c, d))))[None], (50, 50)
    )
    whole = fill(monkeypatch, looks, torch.stack((a, b, c, d))[None, None], (50, 50))
    assert (whole & ~found).sum() == 0


@BOTH
def test_what_is_not_drawn_and_what_is_unknown_is_not_there(
    monkeypatch: pytest.MonkeyPatch, looks: bool
) -> None:
    monkeypatch.setattr(waiting, "may_look", lambda _: looks)
    triangle = torch.tensor([[1.0, 1.0], [8.0, 1.0], [1.0, 8.0]])
    corners = torch.stack((triangle, torch.full((3, 2), torch.nan)))[:, None]
    assert not filled(corners, torch.tensor([[False], [False]]), (10, 10)).any()
    one = filled(corners, torch.tensor([[True], [False]]), (10, 10))
    assert one[0].sum() == 36
    assert not one[1].any()


@pytest.mark.parametrize("bits", [0, 4])
def test_both_ways_differ_in_few_pixels(monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    """Ovals of 16 corners, by their area: a rounding apart here and there along the outline."""
    turn = torch.arange(16) / 16 * 2 * torch.pi
    reach = 8 + 24 * torch.rand(200, 2, 1, generator=torch.Generator().manual_seed(0))
    loops = torch.stack((32 + reach[:, 0] * turn.cos(), 32 + reach[:, 1] * turn.sin()), 2)[:, None]
    host, device = (fill(monkeypatch, looks, loops, (64, 64), bits) for looks in (True, False))
    assert (host != device).sum() < 0.01 * host.sum()


def test_both_ways_fill_a_face_alike(monkeypatch: pytest.MonkeyPatch, astronaut_face: FaceMesh) -> None:
    corners = astronaut_face.points[:, topology().triangles, :2].round()
    host, device = (fill(monkeypatch, looks, corners, (438, 350)) for looks in (True, False))
    assert host.sum() > 5000
    assert (host != device).sum() < 0.005 * host.sum()
