"""The sRGB transfer function, both ways, and luminance of linear light.

Source: IEC 61966-2-1:1999 (sRGB), ITU-R BT.709-6 (luminance weights of the primaries).
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

LUMINANCE_WEIGHTS = (0.2126, 0.7152, 0.0722)
"""Rec.709 weights of linear R, G, B; they sum to 1."""

_LEVELS = {torch.uint8: 256, torch.uint16: 65536}


@lru_cache(maxsize=2)
def linear_table(levels: int) -> Tensor:
    """Scene-linear value of each integer code: (levels,) float64 in 0..1. Shared: do not write into it."""
    return _linear(torch.linspace(0.0, 1.0, levels, dtype=torch.float64))


def linear_from_encoded(encoded: Tensor) -> Tensor:
    """Gamma-coded sRGB to scene-linear light, any shape.

    encoded: uint8 or uint16 codes (looked up, exact, float32 out) or floats where 1 is white
    (the formula, same dtype out; the power curve goes on above 1, the straight part below 0).
    """
    levels = _LEVELS.get(encoded.dtype)
    if levels is None:
        return _linear(encoded)
    return looked_up(encoded, _single(levels, encoded.device))


def looked_up(codes: Tensor, table: Tensor) -> Tensor:
    """The table's value of each code: any shape of uint8 or uint16, of the table's dtype."""
    # int32 indices: uint16 cannot index, and int64 would be four times the image's memory.
    return table.index_select(0, codes.flatten().to(torch.int32)).reshape(codes.shape)


@lru_cache(maxsize=8)
def _single(levels: int, device: torch.device) -> Tensor:
    """The table on a device: sent there once, since to send from memory that is not pinned is to wait."""
    return linear_table(levels).to(device=device, dtype=torch.float32)


def encoded_from_linear(linear: Tensor) -> Tensor:
    """Scene-linear light to gamma-coded sRGB, any shape of floats where 1 is white; not clipped."""
    # By logarithm: three times as fast as a power on a CPU, and the same to 1e-7.
    # In place as far as gradients allow: a new plane costs as much as what is done to it.
    curve = linear.clamp(min=0.0031308).log2().div_(2.4).exp2_().mul(1.055).sub_(0.055)
    # The straight part is the lower from 0.0031308 down, the curve from there up: a choice by condition would
    # take as long as all the rest.
    return torch.minimum(12.92 * linear, curve)


def luminance(linear: Tensor) -> Tensor:
    """Rec.709 luminance of linear light: (B, 3, H, W) -> (B, 1, H, W), white is 1."""
    red, green, blue = linear.unbind(-3)
    of_red, of_green, of_blue = LUMINANCE_WEIGHTS
    return (of_red * red).add_(green, alpha=of_green).add_(blue, alpha=of_blue).unsqueeze(-3)


def _linear(encoded: Tensor) -> Tensor:
    # The clamp keeps the branch that is not taken finite, and with it gradients.
    curve = ((encoded.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4
    return torch.where(encoded <= 0.04045, encoded / 12.92, curve)
