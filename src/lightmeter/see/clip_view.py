"""The picture as a CLIP model was trained to see it: open_clip's inference transform, on tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from lightmeter.errors import LightmeterError
from lightmeter.optics.constants import constant


@dataclass(frozen=True)
class ClipView:
    """How a model wants its pictures: size in pixels (height, width), mean and std of the coded values.

    resize_mode: `shortest` fills the view and crops the middle, `longest` pads with `fill` (0..1),
    `squash` changes the aspect.
    """

    size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str = "bicubic"
    resize_mode: str = "shortest"
    fill: float = 0.0

    @staticmethod
    def of(preprocess: Mapping[str, Any]) -> ClipView:
        """From open_clip's preprocess configuration of a model."""
        if preprocess["resize_mode"] not in ("shortest", "longest", "squash"):
            raise LightmeterError(
                f"a CLIP model asks for the unknown resize mode {preprocess['resize_mode']!r}"
            )
        height, width = _spread(preprocess["size"], 2)
        return ClipView(
            (int(height), int(width)),
            _spread(preprocess["mean"], 3),
            _spread(preprocess["std"], 3),
            "bilinear" if preprocess["interpolation"] == "bilinear" else "bicubic",
            preprocess["resize_mode"],
            preprocess["fill_color"] / 255,
        )

    def __call__(self, encoded: Tensor) -> Tensor:
        """(B, 3, H, W) sRGB-coded 0..1 -> (B, 3, *size) normalised float32.

        Equal to open_clip's transform of an 8-bit picture where no resize is needed. A resize of that one
        rounds to 8 bits, and clips, after each of its two passes, this one clips once: they differ by up to
        1.2/255 before normalisation, more only where the first pass overshoots black or white.
        """
        small = self._resize(encoded.float())
        view = _centre(small, self.size, self.fill)
        mean, std = (constant(v, small).view(1, 3, 1, 1) for v in (self.mean, self.std))
        return (view - mean) / std

    def _resize(self, encoded: Tensor) -> Tensor:
        size = self._resized((encoded.shape[-2], encoded.shape[-1]))
        if size == tuple(encoded.shape[-2:]):
            return encoded
        # Bicubic lobes overshoot at edges; an 8-bit picture cannot.
        return F.interpolate(encoded, size=size, mode=self.interpolation, antialias=True).clamp(0, 1)

    def _resized(self, native: tuple[int, int]) -> tuple[int, int]:
        """Height and width after the resize, rounded as torchvision (square) and open_clip (others) do."""
        (height, width), (rows, columns) = native, self.size
        if self.resize_mode == "squash":
            return self.size
        if self.resize_mode == "shortest" and rows == columns:
            short = min(native)
            return int(rows * height / short), int(rows * width / short)
        choose = max if self.resize_mode == "longest" else min
        ratio = choose(height / rows, width / columns)
        return round(height / ratio), round(width / ratio)


def _spread(value: Any, count: int) -> tuple[float, ...]:
    return tuple(value) if isinstance(value, Sequence) else (value,) * count


def _centre(picture: Tensor, size: tuple[int, int], fill: float) -> Tensor:
    """Crop or pad (B, 3, H, W) about its middle to `size`, halves rounded as torchvision rounds them."""
    height, width = picture.shape[-2:]
    short = [max(want - have, 0) for want, have in zip(size, (height, width), strict=True)]
    if any(short):
        top, left = short[0] // 2, short[1] // 2
        picture = F.pad(picture, (left, short[1] - left, top, short[0] - top), value=fill)
    top = round((picture.shape[-2] - size[0]) / 2)
    left = round((picture.shape[-1] - size[1]) / 2)
    return picture[..., top : top + size[0], left : left + size[1]]
