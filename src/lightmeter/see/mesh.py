"""The 478-point attention mesh on upright 192 px crops of faces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.see.nets import network

SIDE = 192
"""Pixels along a crop that the network takes."""

_REFINED = ("lips", "eye_left", "eye_right")
_EYE_CONTOUR = 16
"""The first points of each refined eye are the contour of its lids, whose mean depth the iris takes."""


def meshes(crops: Tensor) -> tuple[Tensor, Tensor]:
    """Landmarks of encoded face crops.

    crops: (N, 3, 192, 192) float32, sRGB-coded 0..1, the face upright and filling two thirds.
    Returns points (N, 478, 3) in crop pixels, pixel corners at integers, z on the same scale and
    away from the camera, and presence (N,) 0..1: how sure the network is that this is a face.
    Source: MediaPipe Face Mesh with attention; tensors_to_face_landmarks_with_attention.pbtxt for what
    refines what.
    """
    net = network("face_mesh", crops.device)
    found = {name: value.reshape(crops.shape[0], -1) for name, value in net(crops).items()}
    mesh = found["mesh"].view(-1, 468, 3)
    points = torch.cat([mesh, mesh.new_zeros(mesh.shape[0], 10, 3)], 1)
    turns = [op for op in net.ops if op["op"] == "landmarks_to_matrix"]
    for name, op in zip(_REFINED, turns, strict=True):
        points[:, _subset(op, points), :2] = found[name].view(mesh.shape[0], -1, 2)
    for first, name, op in ((468, "iris_left", turns[1]), (473, "iris_right", turns[2])):
        points[:, first : first + 5, :2] = found[name].view(-1, 5, 2)
        points[:, first : first + 5, 2] = mesh[:, _subset(op, mesh)[:_EYE_CONTOUR], 2].mean(1, keepdim=True)
    return points, torch.sigmoid(found["presence"][:, 0])


def _subset(op: Mapping[str, Any], like: Tensor) -> Tensor:
    """Indices of the points of a refined part."""
    return constant(tuple(op["subset_idxs"]), like, torch.int64)
