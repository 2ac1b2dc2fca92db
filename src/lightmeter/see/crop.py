"""Upright square crops of faces: cut with anti-aliasing, exposure evened, points mapped back."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.constants import constant
from lightmeter.see.mesh import SIDE
from lightmeter.see.topology import EYE_CORNER_LEFT, EYE_CORNER_RIGHT
from lightmeter.see.waiting import may_be

_MARGIN = 1.5
"""How much larger than the face the crop is: what the mesh network was trained on."""
_LEVELS = 4
_GREY = 0.2
"""Mean linear luminance, weighted towards the shadows, that a crop is exposed to."""
_LEAST, _MOST = 0.25, 64.0
_LUMINANCE = (0.2126, 0.7152, 0.0722)


def pyramid(encoded: Tensor) -> list[Tensor]:
    """`encoded` (B, 3, H, W) and its halvings, so that a large face is cut without aliasing."""
    levels = [encoded.contiguous()]
    while len(levels) < _LEVELS and min(levels[-1].shape[-2:]) >= 2 * 64:
        levels.append(F.avg_pool2d(levels[-1], 2))
    return levels


def squares_of_boxes(boxes: Tensor) -> Tensor:
    """Detector boxes (N, 8) as upright squares (N, 4): centre x, y, side in pixels, turn in radians."""
    side = (boxes[:, 2:4] - boxes[:, :2]).amax(1) * _MARGIN
    across = boxes[:, 6:8] - boxes[:, 4:6]
    turn = torch.atan2(across[:, 1], across[:, 0])
    return torch.cat([(boxes[:, :2] + boxes[:, 2:4]) / 2, side[:, None], turn[:, None]], 1)


def squares_of_points(points: Tensor) -> Tensor:
    """Squares (N, 4) around landmarks (N, 478, 3), along the line of the eyes."""
    flat = points[..., :2]
    across = flat[:, EYE_CORNER_RIGHT] - flat[:, EYE_CORNER_LEFT]
    turn = torch.atan2(across[:, 1], across[:, 0])
    axes = _axes(turn)
    upright = flat @ axes
    low, high = upright.amin(1), upright.amax(1)
    centre = (axes @ ((low + high) / 2)[..., None])[..., 0]
    return torch.cat([centre, (high - low).amax(1, keepdim=True) * _MARGIN, turn[:, None]], 1)


def cut(levels: list[Tensor], squares: Tensor) -> Tensor:
    """Crops (N, 3, 192, 192) of squares (N, 4), as many of each picture; beyond it its rim is repeated."""
    at = (torch.arange(SIDE, device=squares.device) + 0.5) / SIDE - 0.5
    grid = torch.stack(torch.meshgrid(at, at, indexing="xy"), -1).view(1, -1, 2)
    there = placed(grid * SIDE, squares)
    depth = (squares[:, 2] / SIDE).log2().floor().clamp(0, len(levels) - 1).nan_to_num().long()
    crops = squares.new_zeros(squares.shape[0], levels[0].shape[1], SIDE, SIDE)
    for level, x in enumerate(levels):
        of_it = depth == level
        if may_be(of_it):
            size = constant((x.shape[3], x.shape[2]), squares) * 2.0**level
            where = (there / size * 2 - 1).view(len(x), -1, SIDE, 2)
            found = F.grid_sample(x, where, padding_mode="border", align_corners=False)
            found = found.view(len(x), -1, squares.shape[0] // len(x), SIDE, SIDE).transpose(1, 2)
            crops = torch.where(of_it[:, None, None, None], found.flatten(0, 1), crops)
    return crops


def placed(points: Tensor, squares: Tensor) -> Tensor:
    """Points (N, P, 2 or 3), counted in crop pixels from the crop's centre, in frame pixels."""
    scale = (squares[:, 2] / SIDE)[:, None, None]
    flat = points[..., :2] * scale @ _axes(squares[:, 3]).mT + squares[:, None, :2]
    return torch.cat([flat, points[..., 2:] * scale], -1)


def exposed(crops: Tensor) -> Tensor:
    """Encoded crops with one gain each in linear light, so that dark and bright faces look alike.

    The gain brings a power mean of luminance, in which shadows count as the eye sees them, to middle
    grey: what a change of exposure does to a picture is undone, up to clipping.
    """
    linear = torch.where(crops <= 0.04045, crops / 12.92, ((crops.clamp(min=0) + 0.055) / 1.055) ** 2.4)
    luminance = (linear * constant(_LUMINANCE, crops).view(3, 1, 1)).sum(1)
    mean = luminance.clamp(min=1e-6).pow(1 / 2.2).mean((1, 2)).pow(2.2)
    gain = (_GREY / mean).clamp(_LEAST, _MOST)[:, None, None, None]
    linear = (linear * gain).clamp(0, 1)
    return torch.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * linear.clamp(min=1e-9) ** (1 / 2.4) - 0.055
    )


def _axes(turn: Tensor) -> Tensor:
    """(N, 2, 2): columns are the directions across and down a crop, in the frame."""
    cos, sin = torch.cos(turn), torch.sin(turn)
    return torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)
