"""The provider `hands`: the landmarks of up to four hands."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.constants import constant, picked
from lightmeter.see.detect import anchors, distinct, letterbox, overlap, shrunk
from lightmeter.see.nets import network
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.waiting import at_most

MOST = 4
"""Hands kept per picture."""
WRIST, MIDDLE = 0, 9
"""Landmarks: the wrist, and the knuckle of the middle finger."""

_VIEW, _SIDE = 192, 224
"""Pixels that the detector, and the network of landmarks, take."""
_GRIDS = ((24, 2), (12, 6))
_SURE = 0.5
_LEAST = 16
"""Frame pixels from the wrist to the middle knuckle: smaller hands are a few pixels of the detector."""
_SAME = 0.4
_PALM, _AHEAD = 2.6, 0.5
"""Side of the square around a hand, in palm boxes, and how far it stands towards the fingers."""
_KNUCKLES, _FORWARD = 2.0, 0.1
"""The same around wrist, knuckles and middle joints."""
_INNER = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)


@dataclass(frozen=True)
class Hands:
    """The hands of each image, the surest first.

    points: (B, 4, 21, 2) frame pixels, x right, y down, NaN where there is no hand: the wrist, then the four
    joints of each finger from the palm on, thumb first. present: (B, 4) bool, whether there is one.
    """

    points: Tensor
    present: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
@torch.no_grad()
def hands(encoded: Tensor) -> Hands:
    """Hands whose landmarks the network is sure of.

    encoded: (B, 3, H, W) float32, sRGB-coded 0..1. As with `face`, landmarks are read twice, the second time
    on the square around the first ones, and there also on its mirror image. Not found are fists, hands cut
    by the frame, and those much smaller than a face. Source: MediaPipe Hands, its lite networks.
    """
    points = encoded.new_full((len(encoded), MOST, 21, 2), torch.nan)
    presence = encoded.new_zeros(len(encoded), MOST)
    scores, palms = _palms(encoded)
    # The likeliest come first, and all slots after the last of them are empty.
    slots = at_most((scores > 0).sum(1), MOST)
    if slots:
        squares = palms[:, :slots].flatten(0, 1)
        first, _ = _landmarks(_cut(encoded, squares))
        squares = _squares_of_hands(_placed(first, squares))
        second, sure = _even_handed(_cut(encoded, squares))
        points[:, :slots] = _placed(second, squares).view(-1, slots, 21, 2)
        presence[:, :slots] = sure.view(-1, slots) * (scores[:, :slots] > 0)
    present = _kept(points.nan_to_num(), presence)
    points = torch.where(present[..., None, None], points, torch.nan)
    return Hands(points, present, (Refusal(~present.any(1), "no hand"),))


def _palms(encoded: Tensor) -> tuple[Tensor, Tensor]:
    """Scores (B, 4), 0 where there is none, and squares (B, 4, 4): centre and side in pixels, radians."""
    longest = max(encoded.shape[-2:])
    view = letterbox(shrunk(encoded, _VIEW / longest), _VIEW)
    found = network("palm", view.device)(view)
    scores = torch.sigmoid(found["logits"][..., 0].clamp(-100, 100))
    raw = found["boxes"] / _VIEW
    centre, extent, wrist, knuckle = (raw[..., i : i + 2] for i in (0, 2, 4, 8))
    boxes = torch.cat([centre - extent / 2, centre + extent / 2, wrist, knuckle], -1)
    boxes = boxes + anchors(_GRIDS, view.device)
    scores, boxes = distinct(torch.where(scores >= _SURE, scores, 0.0), boxes)
    size = constant((encoded.shape[-1], encoded.shape[-2]), boxes)
    boxes = (boxes[:, :MOST] - 0.5) * longest + (size / 2).repeat(4)
    low, high, wrist, knuckle = (boxes[..., i : i + 2] for i in (0, 2, 4, 6))
    turn = _turn(wrist, knuckle)
    _, down = _axes(turn)
    middle = (low + high) / 2 - _AHEAD * (high - low)[..., 1:] * down
    side = _PALM * (high - low).amax(-1, keepdim=True)
    return scores[:, :MOST], torch.cat([middle, side, turn[..., None]], -1)


def _squares_of_hands(points: Tensor) -> Tensor:
    """Squares (N, 4) around landmarks (N, 21, 2), their fingers up."""
    towards = ((points[:, 5] + points[:, 13]) / 2 + points[:, MIDDLE]) / 2
    turn = _turn(points[:, WRIST], towards)
    across, down = _axes(turn)
    inner = picked(points, _INNER)
    upright = torch.stack([(inner * axis[:, None]).sum(2) for axis in (across, down)], 2)
    low, high = upright.amin(1), upright.amax(1)
    middle = (low + high) / 2 - _FORWARD * (high - low) * constant((0.0, 1.0), low)
    centre = middle[:, :1] * across + middle[:, 1:] * down
    side = _KNUCKLES * (high - low).amax(1, keepdim=True)
    return torch.cat([centre, side, turn[:, None]], 1)


def _turn(wrist: Tensor, knuckle: Tensor) -> Tensor:
    """Radians clockwise by which a hand (..., 2) is turned from fingers up."""
    along = knuckle - wrist
    return torch.atan2(along[..., 0], -along[..., 1])


def _axes(turn: Tensor) -> tuple[Tensor, Tensor]:
    """Unit vectors (..., 2) across and down a square."""
    cos, sin = torch.cos(turn), torch.sin(turn)
    return torch.stack([cos, sin], -1), torch.stack([-sin, cos], -1)


def _placed(points: Tensor, squares: Tensor) -> Tensor:
    """Points (N, P, 2) of crops, 0..1, in frame pixels."""
    across, down = _axes(squares[:, 3])
    offset = (points - 0.5) * squares[:, 2, None, None]
    return squares[:, None, :2] + offset[..., :1] * across[:, None] + offset[..., 1:] * down[:, None]


def _cut(encoded: Tensor, squares: Tensor) -> Tensor:
    """(N, 3, 224, 224) of squares (N, 4), as many of each picture, four samples a pixel; beyond it black."""
    at = (torch.arange(2 * _SIDE, device=encoded.device) + 0.5) / (2 * _SIDE)
    grid = torch.stack(torch.meshgrid(at, at, indexing="xy"), -1).view(1, -1, 2)
    size = constant((encoded.shape[-1], encoded.shape[-2]), encoded)
    there = _placed(grid.expand(len(squares), -1, -1), squares) / size * 2 - 1
    there = there.view(len(encoded), -1, 2 * _SIDE, 2)
    found = F.grid_sample(encoded, there, align_corners=False)
    crops = found.view(len(encoded), 3, -1, 2 * _SIDE, 2 * _SIDE).transpose(1, 2).flatten(0, 1)
    return F.avg_pool2d(crops, 2)


def _landmarks(crops: Tensor) -> tuple[Tensor, Tensor]:
    """Landmarks (N, 21, 2) of crops, 0..1, and how sure (N,) the network is that each is a hand."""
    found = network("hand", crops.device)(crops)
    points = found["points"].reshape(-1, 21, 3)[..., :2] / _SIDE
    return points, found["presence"].reshape(-1)


def _even_handed(crops: Tensor) -> tuple[Tensor, Tensor]:
    """The mean of a crop's landmarks and of its mirror image's."""
    points, presence = _landmarks(torch.cat([crops, crops.flip(-1)]))
    seen, mirrored = points.chunk(2)
    mirrored = torch.stack([1 - mirrored[..., 0], mirrored[..., 1]], -1)
    return (seen + mirrored) / 2, presence.view(2, -1).mean(0)


def _kept(points: Tensor, presence: Tensor) -> Tensor:
    """(B, 4) bool: which are hands, large enough, and not one hand twice."""
    large = (points[:, :, WRIST] - points[:, :, MIDDLE]).norm(dim=-1) > _LEAST
    sure = (presence >= _SURE) & large
    boxes = torch.cat([points.amin(2), points.amax(2)], -1)
    twice = overlap(boxes[:, :, None], boxes[:, None]) > _SAME
    earlier = torch.ones(MOST, MOST, dtype=torch.bool, device=sure.device).tril(-1)
    kept: Tensor = sure & ~(twice & earlier & sure[:, None]).any(2)
    return kept
