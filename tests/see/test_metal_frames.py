"""Frames of glasses on an even face of the plane."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lightmeter.see.metal_frames import bridge, frames
from lightmeter.see.metal_places import VIEW

_EYE = 0.22
"""Face widths from the nose to the middle of either eye."""


def mesh() -> Tensor:
    """(1, 478, 2) face widths: the root of the nose, its middle; lids and brows out of the way."""
    point = torch.full((1, 478, 2), 5.0)
    point[:, 168], point[:, 195] = torch.tensor((0.0, 0.02)), torch.tensor((0.0, -0.2))
    return point


def face(stops: float) -> Tensor:
    """(1, 1, R, C): skin at -2 stops, with rims two cells wide around both eyes and a bridge between."""
    x, y = VIEW.places(torch.zeros(1))[0].unbind(2)
    radius = torch.hypot(x.abs() - _EYE, y)
    rim = (radius - 0.15).abs() < 0.01
    across = (y.abs() < 0.01) & (x.abs() < _EYE - 0.15)
    return (-2.0 + stops * (rim | across).float())[None, None]


WHERE = torch.ones(1, 1, VIEW.rows, VIEW.columns, dtype=torch.bool)


def found(stops: Tensor) -> Tensor:
    return frames(stops, torch.zeros_like(stops), mesh(), WHERE)


@pytest.mark.parametrize("stops", [-2.0, -0.6, 0.6, 1.5])
def test_a_bridge_is_as_dark_or_pale_as_it_is(stops: float) -> None:
    # Samples lie 0.006 face widths apart, so one falls on the line, which is two cells of 0.0104 wide.
    assert float(bridge(face(stops), mesh())[0]) == pytest.approx(stops, abs=0.02)


@pytest.mark.parametrize("stops", [-1.0, 1.0])
def test_rims_are_found_and_nothing_else(stops: float) -> None:
    alpha, rim = found(face(stops)), face(1.0) > -1.5
    assert float((alpha & rim).sum() / rim.sum()) > 0.95
    assert not (alpha & ~rim).any()


def test_without_a_bridge_there_are_no_glasses() -> None:
    bare = face(-1.0)
    _, y = VIEW.places(bare)[0].unbind(2)
    bare[..., (y.abs() < 0.012)] = -2.0
    assert not found(bare).any()


def test_the_ridge_of_a_nose_is_no_bridge() -> None:
    x, _ = VIEW.places(torch.zeros(1))[0].unbind(2)
    ridge = (-2 + torch.exp(-((x / 0.03) ** 2)))[None, None]
    assert math.isclose(float(bridge(ridge, mesh())[0]), 0.0, abs_tol=0.02)


def test_exposure_and_mirroring_leave_them() -> None:
    assert torch.equal(found(face(-1.0) + 1.5), found(face(-1.0)))
    assert torch.equal(found(face(-1.0).flip(3)), found(face(-1.0)).flip(3))
