"""A gobo before the key: a band of light, whole or broken up as by hair or leaves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

_PLANE = 0.5
"""Depth in face widths at which the band is as wide, as far and as tilted as stated: the cheeks'."""
_GRAZING = 0.2
_STRAND = 0.08
"""What a strand lets through."""


@dataclass(frozen=True)
class Beam:
    """angle: deg of its axis in the frame, top-left to bottom-right is -45. width, edge: face widths
    between the middles of its edges, and 0 to 100 % across an edge. centre: of the band, face widths
    right of and above the head's origin. outside_stops: how far the key is down beside the band.
    breakup: dark strands across the band per face width along its axis, unevenly spaced; 0 for none."""

    angle: float = -45.0
    width: float = 0.4
    edge: float = 0.04
    centre: tuple[float, float] = (0.0, 0.0)
    outside_stops: float = 4.0
    breakup: float = 0.0

    def transmittance(self, point: Tensor, towards: Tensor) -> Tensor:
        """(N,) share of the key that reaches points (N, 3), the key being towards (3,); camera frame.

        The band is a slab along the key's direction, so that relief bends its edges when it comes from
        the side, and leaves them straight when it comes from the camera.
        """
        shear = (point[:, 2:] - _PLANE) / towards[2].clamp_min(_GRAZING)
        flat = point[:, :2] - shear * towards[:2] - point.new_tensor(self.centre)
        c, s = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        along, across = c * flat[:, 0] + s * flat[:, 1], c * flat[:, 1] - s * flat[:, 0]
        inside = _step((self.width / 2 - across.abs()) / self.edge)
        if self.breakup > 0:
            inside = inside * self._strands(along, across)
        outside = 2.0**-self.outside_stops
        return outside + (1 - outside) * inside

    def _strands(self, along: Tensor, across: Tensor) -> Tensor:
        turns = self.breakup * along
        wander = 0.22 * torch.sin(2.3 * turns + 0.7) + 0.15 * torch.sin(4.1 * turns + 3 * across)
        wave = torch.sin(2 * math.pi * (turns + wander + 0.5 * self.breakup * across**2))
        return _STRAND + (1 - _STRAND) * _step((wave + 0.1) / 0.5)


def _step(x: Tensor) -> Tensor:
    """0 to 1 as x goes from -1/2 to 1/2, smoothly."""
    t = (x + 0.5).clamp(0, 1)
    return t * t * (3 - 2 * t)
