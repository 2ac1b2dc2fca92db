"""Glints: points count, lines and edges do not."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lightmeter.see.glints import clustered, glints

_SIDE = 96
_FACE = torch.zeros(1)


def spots(places: list[tuple[int, int]], stops: float = 2.0) -> Tensor:
    """(1, 1, 96, 96) Gaussian hills of sigma 1.5 pixels on the face's own level."""
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(96.0), indexing="ij")
    hills = [torch.exp(-((x - i) ** 2 + (y - j) ** 2) / (2 * 1.5**2)) for i, j in places]
    return stops * torch.stack(hills).sum(0)[None, None]


def lit(places: list[tuple[int, int]]) -> Tensor:
    return (glints(spots(places), _FACE, _SIDE) > 0.1).float()


def test_a_hill_counts_from_its_curvature_on() -> None:
    # Blurred to variance 1.5^2 + s^2, s = 0.0083 x 96: height and curvature of a Gaussian hill.
    variance = (0.0083 * _SIDE) ** 2
    wide = 1.5**2 + variance
    expected = 2.0 * 1.5**2 / wide / wide * variance
    hill = spots([(40, 50)])
    found = glints(hill, _FACE, _SIDE)
    assert found.nonzero().tolist() == [[0, 0, 50, 40]]
    assert float(found.sum()) == pytest.approx(expected, rel=0.15)


def test_hairs_and_edges_do_not_glint() -> None:
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(96.0), indexing="ij")
    across = (x + 0.4 * y - 60) / math.hypot(1, 0.4)
    hair, edge = 3 * torch.exp(-(across**2) / 2), 3 * (across + 0.5).clamp(0, 1)
    for line in (hair, edge):
        inner = glints(line[None, None], _FACE, _SIDE)[..., 8:-8, 8:-8]
        assert inner.max() < 0.1


def test_what_is_dimmer_than_the_face_does_not_glint() -> None:
    assert glints(spots([(40, 50)]) - 4, _FACE, _SIDE).sum() == 0


def test_clusters_are_kept_and_single_glints_are_not() -> None:
    places = [(20, 20), (26, 20), (20, 26), (26, 26), (70, 70)]
    found = clustered(lit(places), 8, 4)
    assert sorted(tuple(each[:1:-1]) for each in found.nonzero().tolist()) == sorted(places[:4])
    assert torch.equal(
        clustered((glints(spots(places).flip(3), _FACE, _SIDE) > 0.1).float(), 8, 4), found.flip(3)
    )
