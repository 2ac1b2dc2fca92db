"""The provider `canvas`: where overlays draw their areas, coarser than the frame."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.see.provide import provides

_LONG_SIDE = 448
"""Cells: twice what a report keeps of an area, so that its edges are smooth."""


@dataclass(frozen=True)
class Canvas:
    """Cells that fill the frame. middles: (h, w, 2) their middles, x and y in frame pixels."""

    middles: Tensor


@provides
def canvas(linear: Tensor) -> Canvas:
    """An even grid over the frame (B, 3, H, W), its long side of at most 448 cells."""
    height, width = linear.shape[2:]
    cells = min(1.0, _LONG_SIDE / max(height, width))
    x, y = (_middles(length, max(1, round(length * cells)), linear) for length in (width, height))
    return Canvas(torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1))


def _middles(length: int, cells: int, like: Tensor) -> Tensor:
    return (torch.arange(cells, device=like.device) + 0.5) * (length / cells)
