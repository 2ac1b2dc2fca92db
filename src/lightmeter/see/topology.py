"""Which mesh points make up what: triangles, contours, and the point on the other side of the face."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

IRIS_LEFT, IRIS_RIGHT = 468, 473
"""Centres of the irises; the four points after each lie on its rim. Left is the viewer's left."""

TEMPLE_LEFT, TEMPLE_RIGHT = 234, 454
"""The points whose distance in 3-D is a face's width."""

EYE_CORNER_LEFT, EYE_CORNER_RIGHT = 33, 263
"""The outer corners of the eyes, whose line is the face's horizontal."""


@dataclass(frozen=True)
class Topology:
    """Index lists into a mesh's 478 points, int64. Left is the viewer's left when the face is upright.

    triangles: (852, 3), the cross product of the first two edges points out of the face. The other
    lists are (n,): loops in order around for the oval, eyes, irises and lips; sets for brows and nose.
    mirror: (478,), for each point the one on the other side.
    Source: MediaPipe's face_mesh_connections.py.
    """

    triangles: Tensor
    oval: Tensor
    eye_left: Tensor
    eye_right: Tensor
    brow_left: Tensor
    brow_right: Tensor
    iris_left: Tensor
    iris_right: Tensor
    lips_outer: Tensor
    lips_inner: Tensor
    nose: Tensor
    mirror: Tensor


@lru_cache(maxsize=16)
def topology(device: torch.device = torch.device("cpu")) -> Topology:  # noqa: B008
    """The index lists on a device, loaded once."""
    return Topology(**{name: each.to(device, non_blocking=True) for name, each in _stored().items()})


@cache
def _stored() -> dict[str, Tensor]:
    path = Path(__file__).parent / "weights" / "topology.safetensors"
    return {name: each.long() for name, each in load_file(path).items()}
