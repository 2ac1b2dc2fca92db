"""The provider `face`: the mesh of the largest face."""

from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.see.crop import cut, exposed, placed, pyramid, squares_of_boxes, squares_of_points
from lightmeter.see.detect import MOST, candidates, overlap
from lightmeter.see.mesh import SIDE, meshes
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import TEMPLE_LEFT, TEMPLE_RIGHT, topology
from lightmeter.see.waiting import at_most, may_be

_SURE = 0.5
"""Least presence: the detectors alone fire on cats."""
_SAME = 0.5
"""Two meshes that overlap more are one face."""


@provides
@torch.no_grad()
def face(encoded: Tensor) -> FaceMesh:
    """The subject's face: the largest whose mesh the network is sure of.

    encoded: (B, 3, H, W) float32, sRGB-coded 0..1. Points are in frame pixels with pixel corners, not
    centres, at integers: x 0..W, y 0..H, and a little beyond for faces that the frame cuts.
    Not measured ("no face") where no mesh is sure. Source: MediaPipe's face landmark pipeline; the
    mesh runs a second time on the square around its own first result, as in video tracking, which
    takes the detectors' jitter out, and there also on the mirrored crop, because it is not symmetric.
    """
    levels = pyramid(encoded)
    points, sure = _found(levels, *candidates(encoded))
    missed = ~sure.any(1)
    if may_be(missed):
        again, found = _found(levels, *candidates(_brightened(encoded)))
        points = torch.where(missed[:, None, None, None], again, points)
        sure = sure | (missed[:, None] & found)
    return _largest(points, sure)


def _found(levels: list[Tensor], scores: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Meshes (B, 8, 478, 3) in frame pixels of the candidates, and which of them are faces (B, 8)."""
    points = boxes.new_full((*scores.shape, 478, 3), torch.nan)
    sure = torch.zeros_like(scores, dtype=torch.bool)
    there = scores > 0
    # The likeliest come first, and all slots after the last of them are empty.
    slots = at_most(there.sum(1), MOST)
    if slots:
        squares = squares_of_boxes(boxes[:, :slots].flatten(0, 1))
        first, _ = meshes(exposed(cut(levels, squares)))
        squares = squares_of_points(placed(first - _centre(first), squares))
        crops = exposed(cut(levels, squares))
        second, presence = _even_handed(crops)
        points[:, :slots] = placed(second - _centre(second), squares).view(-1, slots, 478, 3)
        sure[:, :slots] = there[:, :slots] & (presence >= _SURE).view(-1, slots)
    return points, sure


def _centre(points: Tensor) -> Tensor:
    return constant((SIDE / 2, SIDE / 2, 0.0), points)


def _even_handed(crops: Tensor) -> tuple[Tensor, Tensor]:
    """The mean of a crop's mesh and of its mirror image's: the network alone favours a side by 4 %."""
    points, presence = meshes(torch.cat([crops, crops.flip(-1)]))
    seen, mirrored = points.chunk(2)
    mirrored = mirrored[:, topology(points.device).mirror] * constant((-1.0, 1.0, 1.0), mirrored)
    mirrored[..., 0] += SIDE
    return (seen + mirrored) / 2, presence.view(2, -1).mean(0)


def _brightened(encoded: Tensor) -> Tensor:
    """A second try at pictures whose faces drown in the dark: exposed as crops are, then flattened."""
    return exposed(encoded) ** 0.6


def _largest(points: Tensor, sure: Tensor) -> FaceMesh:
    """Choose the subject among the candidates (B, 8, 478, 3), and count the distinct ones."""
    flat = points[..., :2].nan_to_num()
    boxes = torch.cat([flat.amin(2), flat.amax(2)], -1)
    twice = overlap(boxes[:, :, None], boxes[:, None]) > _SAME
    earlier = torch.ones(MOST, MOST, dtype=torch.bool, device=sure.device).tril(-1)
    sure = sure & ~(twice & earlier & sure[:, None]).any(2)
    width = (points[:, :, TEMPLE_LEFT] - points[:, :, TEMPLE_RIGHT]).norm(dim=-1)
    width, index = torch.where(sure, width, -1.0).max(1)
    present = sure.any(1)
    chosen = points.gather(1, index[:, None, None, None].expand(-1, 1, 478, 3))[:, 0]
    return FaceMesh(
        points=torch.where(present[:, None, None], chosen, torch.nan),
        present=present,
        count=sure.sum(1),
        width=torch.where(present, width, torch.nan),
        refusals=(Refusal(~present, "no face"),),
    )
