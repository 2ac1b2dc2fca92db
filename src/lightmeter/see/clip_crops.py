"""Parts of a picture cut out for CLIP: what it sees is the region, and an even colour around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.optics.filters import resize_weights
from lightmeter.see import waiting
from lightmeter.see.content import EVEN
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import FaceMesh, Matte

WHOLE = "whole"
REGIONS = frozenset({WHOLE, "skin", "hair", "background", "metal"})
"""What `region` may be: the whole picture, the skin around the face, or a region of the frame."""

_STRAY = 0.005
"""Share of a region's area that may lie beyond each side of its box, so that specks do not stretch it."""
_ENLARGED = 4.0
"""The most that a crop may be enlarged: one patch of ViT-B-32 (32 px) then holds 8 px of the frame. Not
tuned: enlarged more, what CLIP sees is the interpolation."""
_FILLED = 0.1
"""Share of the square that the region must fill. Not tuned: with less, what CLIP sees is the filling."""
_AROUND = 0.9
"""Face widths around a face's middle: brow to chin, ears and neck, not arms."""
_LUMA = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True)
class Crop:
    """encoded: (B, 3, S, S) sRGB-coded 0..1, the region's box and the region's mean colour around it."""

    encoded: Tensor
    refusals: tuple[Refusal, ...] = ()


def cropped(encoded: Tensor, region: Matte, side: int, name: str) -> Crop:
    """Cut a region out of frames (B, 3, H, W), as squares of `side` pixels with its own aspect.

    Refused where the region is not known, where it would be enlarged more than 4 times, where it fills less
    than a tenth of its square, and where it is one even colour.
    """
    area = region.alpha.sum((1, 2, 3))
    mean = (encoded * region.alpha).sum((2, 3)) / area.clamp_min(1e-6)[:, None]
    filled = torch.lerp(mean[:, :, None, None], encoded, region.alpha)
    boxes = torch.cat([_span(region.alpha.sum((1, 3))), _span(region.alpha.sum((1, 2)))], 1)
    squares = _squares(filled, boxes, mean, side)
    across = torch.maximum(boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]) * (area > 0)
    least = side / _ENLARGED
    small = Refusal(
        across < least, f"{name} is {{:.0f}} px of the frame across: {least:.0f} are needed", across
    )
    spread = _spread(encoded, region.alpha, area)
    even = Refusal(spread < EVEN, f"{name} is one even colour: there is no material to see")
    filled_share = area / across.clamp_min(1) ** 2
    sparse = Refusal(
        filled_share < _FILLED,
        f"{name} fills {{:.0f}} % of the square around it: {100 * _FILLED:.0f} are needed",
        100 * filled_share,
    )
    return Crop(squares, (*region.refusals, small, sparse, even))


def around_face(region: Matte, face: FaceMesh) -> Matte:
    """The part of a region within 0.9 face widths of the face's middle; nothing where there is no face."""
    middle = face.points[..., :2].mean(1).nan_to_num()
    y = torch.arange(region.alpha.shape[2], device=middle.device)[None, :, None] + 0.5
    x = torch.arange(region.alpha.shape[3], device=middle.device)[None, None, :] + 0.5
    away = torch.hypot(x - middle[:, 0, None, None], y - middle[:, 1, None, None])
    near = away < _AROUND * face.width.nan_to_num()[:, None, None]
    return replace(region, alpha=region.alpha * near[:, None])


def _span(profile: Tensor) -> Tensor:
    """(B, N) area along an axis -> (B, 2) first pixel and the one after the last, strays left out."""
    share = profile.double().cumsum(1) / profile.double().sum(1, keepdim=True).clamp_min(1e-6)
    first = (share <= _STRAY).sum(1)
    return torch.stack([first, (share < 1 - _STRAY).sum(1) + 1], 1).clamp(max=profile.shape[1])


def _squares(filled: Tensor, boxes: Tensor, rest: Tensor, side: int) -> Tensor:
    """(B, 3, side, side) squares around boxes (B, 4) of pictures (B, 3, H, W), `rest` (B, 3) around them."""
    if not waiting.may_look(boxes):
        return _squares_by_weights(filled, boxes, rest, side)
    each = zip(filled, boxes.tolist(), rest, strict=True)
    return torch.stack([_square(picture, box, around, side) for picture, box, around in each])


def _squares_by_weights(filled: Tensor, boxes: Tensor, rest: Tensor, side: int) -> Tensor:
    """As `_squares` to 1e-5, from whole pictures: two products resize what of them is in the boxes."""
    extent = torch.maximum(boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]).clamp_min(1)
    weight = resize_weights(extent, max(filled.shape[2:]), side, cubic=True)
    down, across = (
        _over_box(weight, extent, first, last, length)
        for first, last, length in (
            (boxes[:, 0], boxes[:, 1], filled.shape[2]),
            (boxes[:, 2], boxes[:, 3], filled.shape[3]),
        )
    )
    beside = rest[:, :, None, None]
    return (down[:, None] @ (filled - beside) @ across.mT[:, None] + beside).clamp(0, 1)


def _over_box(weight: Tensor, extent: Tensor, first: Tensor, last: Tensor, length: int) -> Tensor:
    """(B, side, length): weights of a square's pixels (B, side, most), of those in the box in its middle."""
    at = torch.arange(length, device=weight.device)
    start = (extent - (last - first).clamp_min(1)) // 2 - first
    place = (at + start[:, None]).clamp(0, weight.shape[2] - 1)
    within = (at >= first[:, None]) & (at < last[:, None])
    return weight.gather(2, place[:, None].expand(-1, weight.shape[1], -1)) * within[:, None]


def _square(picture: Tensor, box: list[int], rest: Tensor, side: int) -> Tensor:
    """(3, side, side): the box in the middle of a square, `rest` (3,) around it."""
    top, bottom, left, right = box
    height, width = max(1, bottom - top), max(1, right - left)
    extent = max(height, width)
    canvas = rest[:, None, None].expand(-1, extent, extent).clone()
    y, x = (extent - height) // 2, (extent - width) // 2
    part = picture[:, top : top + height, left : left + width]
    canvas[:, y : y + part.shape[1], x : x + part.shape[2]] = part
    return F.interpolate(canvas[None], (side, side), mode="bicubic", antialias=True)[0].clamp(0, 1)


def _spread(encoded: Tensor, alpha: Tensor, area: Tensor) -> Tensor:
    """(B,) standard deviation of coded luminance inside the region."""
    luma = (encoded * constant(_LUMA, encoded).view(3, 1, 1)).sum(1, keepdim=True)
    total = area.clamp_min(1e-6)
    mean = (luma * alpha).sum((1, 2, 3)) / total
    away = (luma - mean[:, None, None, None]) ** 2
    return ((away * alpha).sum((1, 2, 3)) / total).sqrt()
