"""Where faces may be: MediaPipe's two detectors on one small view each, their boxes merged."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.constants import constant
from lightmeter.see.nets import network

MOST = 8
"""Candidates kept per picture."""

_SHORT_SIDE, _FULL_SIDE = 128, 192
_SHORT_SHARE = 2 / 3
"""The picture's share of the short-range view: a face that fills the picture is too large without the rim."""
_SHORT_GRIDS = ((16, 2), (8, 6))
_FULL_GRIDS = ((48, 1),)
_SURE_SHORT, _SURE_FULL = 0.5, 0.6
_OVERLAP = 0.3


def candidates(encoded: Tensor) -> tuple[Tensor, Tensor]:
    """The likeliest faces of each picture, best first.

    encoded: (B, 3, H, W) float32, sRGB-coded 0..1. Returns scores (B, 8), 0 where there is none, and
    boxes (B, 8, 8) in pixels: left, top, right, bottom, then x, y of the left and of the right eye.
    Source: MediaPipe Face Detection, short and full range (thresholds, anchors and weighted
    suppression as in its graphs); the rim around the short-range view is ours.
    """
    scale = _FULL_SIDE / max(encoded.shape[-2:])
    small = shrunk(encoded, scale)
    tiny = shrunk(small, _SHORT_SHARE * _SHORT_SIDE / _FULL_SIDE)
    short = _boxes("face_short", letterbox(tiny, _SHORT_SIDE), _SHORT_GRIDS, _SURE_SHORT)
    full = _boxes("face_full", letterbox(small, _FULL_SIDE), _FULL_GRIDS, _SURE_FULL)
    scores = torch.cat([short[0], full[0]], 1)
    unit = torch.cat([short[1] / _SHORT_SHARE, full[1]], 1)
    size = constant((encoded.shape[-1], encoded.shape[-2]), unit)
    boxes = unit * max(encoded.shape[-2:]) + (size / 2).repeat(4)
    return distinct(scores, boxes)


def shrunk(x: Tensor, scale: float) -> Tensor:
    """The picture at `scale`, without aliasing."""
    size = [max(1, round(n * scale)) for n in x.shape[-2:]]
    return F.interpolate(x, size, mode="bilinear", antialias=scale < 1)


def letterbox(x: Tensor, side: int) -> Tensor:
    """Centred on a black square, coded as it was."""
    down, across = side - x.shape[-2], side - x.shape[-1]
    return F.pad(x, (across // 2, across - across // 2, down // 2, down - down // 2))


def _boxes(name: str, view: Tensor, grids: tuple[tuple[int, int], ...], sure: float) -> tuple[Tensor, Tensor]:
    """Scores (B, N) and boxes (B, N, 8) as shares of the view's side, measured from its centre."""
    found = network(name, view.device)(view * 2 - 1)
    scores = torch.sigmoid(found["logits"][..., 0])
    raw = found["boxes"] / view.shape[-1]
    centre, half, eyes = raw[..., :2], raw[..., 2:4] / 2, raw[..., 4:8]
    boxes = torch.cat([centre - half, centre + half, eyes], -1) + anchors(grids, view.device)
    return torch.where(scores >= sure, scores, 0.0), boxes - 0.5


@lru_cache(maxsize=16)
def anchors(grids: tuple[tuple[int, int], ...], device: torch.device) -> Tensor:
    """(N, 8): the x and y that each corner of a raw box is counted from, as shares of the view's side."""
    found = []
    for cells, each in grids:
        at = (torch.arange(cells) + 0.5) / cells
        grid = torch.stack(torch.meshgrid(at, at, indexing="xy"), -1).reshape(-1, 1, 2)
        found.append(grid.expand(-1, each, -1).reshape(-1, 2))
    return torch.cat(found).repeat(1, 4).to(device, non_blocking=True)


def distinct(scores: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted non-maximum suppression, `MOST` times for the whole batch at once."""
    best_scores, best_boxes = [], []
    for _ in range(MOST):
        top, index = scores.max(1)
        lead = boxes.gather(1, index[:, None, None].expand(-1, 1, boxes.shape[-1]))
        same = (overlap(lead, boxes) > _OVERLAP) & (scores > 0)
        weight = (scores * same)[..., None]
        best_boxes.append((weight * boxes).sum(1) / weight.sum(1).clamp(min=1e-6))
        best_scores.append(top)
        scores = torch.where(same, 0.0, scores)
    return torch.stack(best_scores, 1), torch.stack(best_boxes, 1)


def overlap(one: Tensor, other: Tensor) -> Tensor:
    """Intersection over union of boxes (..., 4+): left, top, right, bottom. 0..1."""
    low = torch.maximum(one[..., :2], other[..., :2])
    high = torch.minimum(one[..., 2:4], other[..., 2:4])
    shared = (high - low).clamp(min=0).prod(-1)
    area = (one[..., 2:4] - one[..., :2]).prod(-1) + (other[..., 2:4] - other[..., :2]).prod(-1)
    return shared / (area - shared).clamp(min=1e-6)
