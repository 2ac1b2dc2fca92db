"""Filled polygons: by OpenCV on the host, and by the same rules in torch where the corners are elsewhere."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from lightmeter.see import waiting

_FAR = 2.0**20
"""Steps beyond which no corner is taken to lie."""


def filled(corners: Tensor, drawn: Tensor, size: tuple[int, int], bits: int = 0) -> Tensor:
    """(B, height, width) bool: pixels inside an odd number of loops, or on the outline of any.

    corners: (B, L, P, 2) x and y of L loops of P corners, 0 at the centre of the first pixel; rounded to
    2^-bits of a pixel. drawn: (B, L) bool, which loops count.
    """
    steps = torch.where(drawn[..., None, None], corners * 2**bits, 0.0).round()
    steps = steps.nan_to_num(0.0, 0.0, 0.0).clamp(-_FAR, _FAR)
    if not waiting.may_look(corners):
        return _filled_by_runs(steps / 2**bits, drawn, size)
    planes = np.zeros((len(corners), *size), np.uint8)
    for plane, loops, chosen in zip(planes, steps.int(), drawn, strict=True):
        cv2.fillPoly(plane, list(loops[chosen].numpy()), (1,), shift=bits)
    return torch.from_numpy(planes.view(np.bool_))


def _filled_by_runs(corners: Tensor, drawn: Tensor, size: tuple[int, int]) -> Tensor:
    """The same but for a pixel in some hundred, along outlines.

    Of each edge and each row of pixels: where the edge crosses the row's middle, and the run of pixels that a
    thin line along the edge has there. Running sums fill what is between.
    """
    height, width = size
    # OpenCV rounds the rows of corners whatever the bits.
    corners = torch.cat((corners[..., :1], (corners[..., 1:] + 0.5).floor()), 3)
    one, other = (each.flatten(1, 2)[:, :, None] for each in (corners, corners.roll(-1, 2)))
    drawn = drawn.repeat_interleave(corners.shape[2], 1)[..., None]
    # From top to bottom, so that an edge between two triangles gives the same numbers for both.
    falls = (one[..., 1:] < other[..., 1:]) | (
        (one[..., 1:] == other[..., 1:]) & (one[..., :1] <= other[..., :1])
    )
    (x, y), (u, v) = torch.where(falls, one, other).unbind(-1), torch.where(falls, other, one).unbind(-1)
    row = torch.arange(height, device=corners.device, dtype=corners.dtype)
    crossed = x + (row - y) * (u - x) / (v - y).clamp_min(1e-9)
    crossing = _sums(crossed.ceil(), drawn & (row >= y) & (row < v), width)
    first, last, there = _run(row, (x + 0.5).floor(), y, (u + 0.5).floor(), v)
    line = _sums(first, drawn & there, width) - _sums(last + 1, drawn & there, width)
    return (crossing % 2 == 1) | (line > 0)


def _run(row: Tensor, x: Tensor, y: Tensor, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The first and the last pixel of lines from (x, y) down to (u, v) in rows, and whether there are any.

    A steep line has the pixel next to where it crosses the row's middle, a shallow one those whose next row
    this is.
    """
    low, high, steep = torch.minimum(x, u), torch.maximum(x, u), v - y >= (u - x).abs()
    slope = (u - x) / (v - y).clamp_min(1e-9)
    middle = torch.minimum(torch.maximum(x + (row - y) * slope, low), high)
    half = (slope / 2).abs()
    first = torch.where(steep, (middle + 0.5).floor(), torch.maximum(middle - half, low).ceil())
    last = torch.where(steep, first, torch.minimum(middle + half, high).floor())
    there = (row >= (y + 0.5).floor()) & (row <= (v + 0.5).floor()) & (last >= first)
    return first, last, there


def _sums(at: Tensor, where: Tensor, width: int) -> Tensor:
    """(B, H, width) int32: how many of columns `at` (B, E, H), of those that count, are right of no pixel."""
    b, _, height = at.shape
    row = torch.arange(height, device=at.device) * (width + 1)
    place = row + at.clamp(0, width).long()
    found = torch.zeros(b, height * (width + 1), dtype=torch.int32, device=at.device)
    found.scatter_add_(1, place.flatten(1), where.expand_as(place).int().flatten(1))
    return found.view(b, height, width + 1)[..., :width].cumsum(2, dtype=torch.int32)
