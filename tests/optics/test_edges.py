"""Edges whose width is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lightmeter.optics.edges import gaussian, steepest, transitions


def penumbra(width: float, count: int = 65) -> Tensor:
    """Light past a straight edge under a disc whose image is `width` samples wide: its lit area's share."""
    t = (torch.arange(count) - count // 2) / (width / 2)
    t = t.clamp(-1, 1).double()
    return (0.5 + (t * (1 - t * t).sqrt() + torch.asin(t)) / math.pi).float()


@pytest.mark.parametrize("width", [8.0, 16.0, 32.0, 48.0])
def test_a_disc_s_penumbra(width: float) -> None:
    """Its lit share is 0.1 and 0.9 at t = -+0.687 of its half width: 10-90 % is 0.687 of it."""
    profile = 0.2 + 0.6 * penumbra(width)[None, None]
    found = transitions(profile, torch.ones_like(profile))
    assert found.settled.all()
    assert found.width.item() == pytest.approx(0.687 * width, rel=0.08, abs=0.4)
    assert found.high.item() - found.low.item() == pytest.approx(0.6, rel=0.05)


def test_exposure_does_not_change_the_width() -> None:
    profile = 0.1 + penumbra(20.0)[None, None]
    one, other = (transitions(each, torch.ones_like(profile)).width for each in (profile, 7 * profile))
    torch.testing.assert_close(one, other)


def test_an_edge_that_runs_off_the_profile_is_not_settled() -> None:
    ramp = torch.linspace(0, 1, 65)[None, None]
    assert not transitions(ramp, torch.ones_like(ramp)).settled.any()


def test_an_edge_that_runs_into_a_feature_is_not_settled() -> None:
    profile = penumbra(40.0)[None, None]
    trust = (torch.arange(65) < 36).float()[None, None]
    assert not transitions(profile, trust).settled.any()


def test_steepest_stands_on_the_edge_and_points_to_the_light() -> None:
    x = torch.arange(40.0)
    raster = torch.sigmoid((x - 20.0) / 2).expand(30, 40)[None, None]
    index, uphill, slope = steepest(raster, torch.ones_like(raster), 10)
    assert (index % 40 == 20).all()
    torch.testing.assert_close(uphill[0], torch.tensor([[1.0, 0.0]]).expand(10, 2))
    assert (slope > 0.12).all()


def test_gaussian_keeps_the_mean_of_a_plane_and_widens_a_step() -> None:
    plane = torch.full((1, 1, 20, 20), 0.3)
    torch.testing.assert_close(gaussian(plane, 2.0), plane)
    step = (torch.arange(65) >= 32).float().expand(5, 65)[None, None]
    sharp, soft = (transitions(gaussian(step, s)[:, 0, 2:3], torch.ones(1, 1, 65)).width for s in (2.0, 5.0))
    # An erf of deviation s rises from 10 to 90 % over 2.563 s.
    assert sharp.item() == pytest.approx(2.563 * 2, rel=0.1)
    assert soft.item() == pytest.approx(2.563 * 5, rel=0.1)
