"""What a body hides from itself: which of its facets a light from each direction reaches."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_SHARPNESS = 60.0
"""Of the blend between neighbouring directions of a table: 7 degrees, the radius of a lamp of common size."""

_LIFT = 0.012
"""How far from its facet a ray starts, in widths of the body: a mesh is rough where the body is smooth."""


@dataclass(frozen=True)
class CastShadows:
    """directions: (D, 3) unit vectors of the body's frame; reached: (D, F) 1 where light from there meets
    the facet, 0 where the body is in the way; turn: (B, 3, 3), the body's frame to the camera's."""

    directions: Tensor
    reached: Tensor
    turn: Tensor

    def towards(self, directions: Tensor) -> Tensor:
        """(B, N, F) in 0..1 for light from directions (B, N, 3) of the camera frame."""
        own = directions @ self.turn
        blend = torch.softmax(_SHARPNESS * (own @ self.directions.T), dim=2)
        return blend @ self.reached


def reached(points: Tensor, triangles: Tensor, directions: Tensor, width: float) -> Tensor:
    """(D, F) bool: whether a ray from each facet's centre along unit vectors (D, 3) leaves the mesh.

    points: (V, 3) of a mesh `width` across; triangles: (F, 3) whose normals point out of the body.
    Source: Moeller and Trumbore, Fast, minimum storage ray-triangle intersection, 1997.
    """
    corner = points[triangles]
    side, other = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    outward = torch.nn.functional.normalize(torch.linalg.cross(side, other), dim=1)
    start = corner.mean(1) + _LIFT * width * outward
    return torch.stack([~_hit(start, each, corner[:, 0], side, other).any(1) for each in directions])


def _hit(start: Tensor, along: Tensor, corner: Tensor, side: Tensor, other: Tensor) -> Tensor:
    """(N, F) bool: whether rays from (N, 3) along (3,) meet triangles (F, 3) and their sides."""
    across = torch.linalg.cross(along.expand_as(other), other)
    lean = (side * across).sum(1)
    # A triangle seen edge on is not met.
    scale = torch.where(lean.abs() > 1e-9, 1 / lean, torch.inf)
    gap = start[:, None] - corner
    u = scale * (gap * across).sum(2)
    turned = torch.linalg.cross(gap, side.expand_as(gap))
    v, distance = scale * (turned @ along), scale * (turned * other).sum(2)
    met: Tensor = (u >= 0) & (v >= 0) & (u + v <= 1) & (distance > 0)
    return met
