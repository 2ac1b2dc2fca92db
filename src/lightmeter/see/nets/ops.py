"""The ops that a converted graph may name. Each takes its input tensors, its record and its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.constants import constant, picked

Op = Mapping[str, Any]
Weights = Mapping[str, Tensor]
Run = Callable[[list[Tensor], Op, Weights], Tensor]


def _activated(x: Tensor, act: str) -> Tensor:
    """In place: `x` has just been made and nothing else reads it."""
    if act == "relu":
        return F.relu_(x)
    if act == "relu6":
        return F.relu6(x, inplace=True)
    return F.hardswish(x, inplace=True) if act == "hard_swish" else x


def _conv(inputs: list[Tensor], op: Op, weights: Weights) -> Tensor:
    (x,) = inputs
    left, right, top, bottom = op["pad"]
    padding = (top, left)
    if left != right or top != bottom:
        x, padding = F.pad(x, (left, right, top, bottom)), (0, 0)
    weight, bias = weights[op["weight"]], weights[op["bias"]]
    x = F.conv2d(x, weight, bias, op["stride"], padding, op["dilation"], op["groups"])
    return _activated(x, op["act"])


def _conv_transpose(inputs: list[Tensor], op: Op, weights: Weights) -> Tensor:
    return F.conv_transpose2d(inputs[0], weights[op["weight"]], weights[op["bias"]], op["stride"])


def _pad(inputs: list[Tensor], op: Op, _: Weights) -> Tensor:
    return F.pad(inputs[0], (*op["pad"], *op["channels"]))


def _add(inputs: list[Tensor], op: Op, _: Weights) -> Tensor:
    return _activated(inputs[0] + inputs[1], op.get("act", ""))


def _mul(inputs: list[Tensor], op: Op, weights: Weights) -> Tensor:
    return inputs[0] * (weights[op["weight"]] if op.get("weight") else inputs[1])


def _resize(inputs: list[Tensor], op: Op, _: Weights) -> Tensor:
    size = inputs[1].shape[2:] if len(inputs) > 1 else op["size"]
    return F.interpolate(inputs[0], list(size), mode="bilinear", align_corners=op["corners"])


def _reshape(inputs: list[Tensor], op: Op, _: Weights) -> Tensor:
    """Files count in NHWC order; what comes out of a reshape is no picture any more."""
    (x,) = inputs
    x = x.permute(0, 2, 3, 1) if x.ndim == 4 else x
    return x.reshape(x.shape[0], *op["shape"])


def _depth_to_space(inputs: list[Tensor], op: Op, _: Weights) -> Tensor:
    (x,), n = inputs, op["block"]
    b, c, h, w = x.shape
    return x.reshape(b, n, n, c // n**2, h, w).permute(0, 3, 4, 1, 5, 2).reshape(b, c // n**2, h * n, w * n)


def _landmarks_to_matrix(inputs: list[Tensor], op: Op, _: Weights) -> Tensor:
    """(B, N, 3) points to (B, 4, 4): from an upright crop around a subset of them to the map they lie on.

    Source: mediapipe/util/tflite/operations/landmarks_to_transform_matrix.cc, version 2.
    """
    points = inputs[0][..., :2]
    across = points[:, op["right_rotation_idx"]] - points[:, op["left_rotation_idx"]]
    angle = torch.atan2(across[:, 1], across[:, 0]) - op["target_rotation_radians"]
    cos, sin = torch.cos(angle), torch.sin(angle)
    turn = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)
    upright = picked(points, op["subset_idxs"]) @ turn
    low, high = upright.amin(1), upright.amax(1)
    centre = (turn @ ((low + high) / 2)[..., None])[..., 0]
    size = constant((op["output_width"], op["output_height"]), upright)
    scale = (high - low) * constant((op["scale_x"], op["scale_y"]), upright) / size
    matrix = torch.eye(4, device=points.device).repeat(points.shape[0], 1, 1)
    matrix[:, :2, :2] = turn * scale[:, None, :]
    matrix[:, :2, 3] = centre - (matrix[:, :2, :2] @ (size / 2)[None, :, None])[..., 0]
    return matrix


def _sample(inputs: list[Tensor], op: Op, _: Weights) -> Tensor:
    """(B, C, H, W) looked up bilinearly through (B, 4, 4), 0 outside the pixel centres.

    Source: mediapipe/util/tflite/operations/transform_tensor_bilinear.cc, version 2.
    """
    x, matrix = inputs
    height, width = x.shape[2:]
    v = torch.arange(op["output_height"], device=x.device) + 0.5
    u = torch.arange(op["output_width"], device=x.device) + 0.5
    grid = torch.stack(torch.meshgrid(u, v, indexing="xy"), -1).reshape(1, -1, 2)
    there = grid @ matrix[:, :2, :2].mT + matrix[:, None, :2, 3] - 0.5
    last = constant((width - 1, height - 1), there)
    inside = ((there >= 0) & (there <= last)).all(-1)
    there = (there / last * 2 - 1).view(x.shape[0], op["output_height"], op["output_width"], 2)
    found = F.grid_sample(x, there, mode="bilinear", padding_mode="border", align_corners=True)
    return found * inside.view(x.shape[0], 1, *found.shape[2:])


def _move_points(inputs: list[Tensor], _: Op, __: Weights) -> Tensor:
    points, matrix = inputs
    return points @ matrix[:, :2, :2].mT + matrix[:, None, :2, 3]


OPS: dict[str, Run] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "pad": _pad,
    "prelu": lambda x, op, weights: F.prelu(x[0], weights[op["weight"]]),
    "add": _add,
    "mul": _mul,
    "max_pool": lambda x, op, _: F.max_pool2d(x[0], op["stride"], ceil_mode=True),
    "mean": lambda x, _, __: x[0].mean((2, 3), keepdim=True),
    "resize": _resize,
    "reshape": _reshape,
    "concat": lambda x, op, _: torch.cat(x, op["axis"]),
    "depth_to_space": _depth_to_space,
    "relu": lambda x, _, __: F.relu(x[0]),
    "hard_swish": lambda x, _, __: F.hardswish(x[0]),
    "sigmoid": lambda x, _, __: torch.sigmoid(x[0]),
    "same": lambda x, _, __: x[0],
    "landmarks_to_matrix": _landmarks_to_matrix,
    "sample": _sample,
    "move_points": _move_points,
}
