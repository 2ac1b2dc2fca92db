"""Where on a portrait things of metal lie: places beside, below and on the face, and on hands."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.upright import Upright, View
from lightmeter.see.hands import Hands
from lightmeter.see.metal_names import ANYWHERE, CLOTHES, EARS, EYES, FINGERS, NECK, WRISTS
from lightmeter.see.topology import TEMPLE_LEFT, TEMPLE_RIGHT

VIEW = View(side=96, columns=384, rows=384, middle=-1.0)
"""From a forehead above the eyes to 3 face widths below, two to either side: 7 of 10 hands of portraits."""
FACE = "face"
_CHIN, _NOSE, _BRIDGE, _TOP = 152, 1, 168, 10
_UNDER, _REACH = 0.05, 1.25
"""Face widths below and around the chin."""
_EAR_IN, _EAR_OUT, _EAR_UNDER = 0.1, 0.28, 0.15
"""Face widths in from and out of the temples, and under the height of the chin, for earrings."""
_STEP = 3
"""Cells: hands are drawn on every third one."""
_PHALANGES = ((2, 3), (5, 6), (9, 10), (13, 14), (17, 18))
"""Knuckles and next joints, thumb first: rings lie between."""
_FINGER = 0.13
"""Half a finger's width by the palm's length."""
_CUFF, _ARM = (-0.15, 0.65), 0.45
"""Along the arm from the wrist, and half across it, in palm lengths: watches and bracelets."""
_HELD = 0.35
"""Palm lengths around each landmark of a hand: the hand, and what it holds."""


def places(point: Tensor, plane: Upright, hands: Hands, body: Tensor) -> dict[str, Tensor]:
    """By the name of a place, (B, 1, R, C) bool, within the body; FACE is all that is not below the chin.

    point: (B, 478, 2) the mesh in face widths. Hands and what they hold belong to fingers and wrists alone.
    """
    at = VIEW.places(point)
    fingers, wrists, held = _on_hands(plane, hands)
    neck, free = _below(point, at), body & ~held
    outside = free & ~_within_face(point, at)
    return {
        FACE: ~neck,
        NECK: neck & free,
        EARS: _beside(point, at) & free,
        EYES: _around_eyes(point, at) & free,
        FINGERS: fingers & body,
        WRISTS: wrists & free,
        CLOTHES: (at[..., 1] < point[:, _CHIN, 1, None, None])[:, None] & outside,
        ANYWHERE: outside,
    }


def _below(point: Tensor, at: Tensor) -> Tensor:
    """Neck and chest, where necklaces lie."""
    offset = at - point[:, _CHIN, None, None]
    distance: Tensor = offset.square().sum(3)
    return ((offset[..., 1] < -_UNDER) & (distance < _REACH**2))[:, None]


def _beside(point: Tensor, at: Tensor) -> Tensor:
    """Beside the cheeks, where earrings hang."""
    x, y = at[..., 0], at[..., 1]
    left, right = (point[:, i, 0, None, None] for i in (TEMPLE_LEFT, TEMPLE_RIGHT))
    top, bottom = point[:, _NOSE, 1, None, None], point[:, _CHIN, 1, None, None] - _EAR_UNDER
    on_left = (x > left - _EAR_OUT) & (x < left + _EAR_IN)
    on_right = (x > right - _EAR_IN) & (x < right + _EAR_OUT)
    beside: Tensor = (y < top) & (y > bottom) & (on_left | on_right)
    return beside[:, None]


def _around_eyes(point: Tensor, at: Tensor) -> Tensor:
    """From the brows to the middle of the nose and from temple to temple."""
    x, y = at[..., 0], at[..., 1]
    left, right = (point[:, i, 0, None, None] for i in (TEMPLE_LEFT, TEMPLE_RIGHT))
    bridge, nose = (point[:, i, 1, None, None] for i in (_BRIDGE, _NOSE))
    around: Tensor = (
        (x > left - 0.05) & (x < right + 0.05) & (y < bridge + 0.15) & (y > 0.7 * nose + 0.3 * bridge)
    )
    return around[:, None]


def _within_face(point: Tensor, at: Tensor) -> Tensor:
    """An ellipse through temples, chin and forehead."""
    left, right, top, chin = (point[:, i, None, None] for i in (TEMPLE_LEFT, TEMPLE_RIGHT, _TOP, _CHIN))
    middle = torch.stack(((left + right)[..., 0] / 2, (top + chin)[..., 1] / 2), dim=-1)
    half = torch.stack(((right - left)[..., 0] / 2, (top - chin)[..., 1] / 2), dim=-1).abs().clamp_min(0.05)
    inside: Tensor = ((at - middle) / half).square().sum(3) < 1
    return inside[:, None]


def _on_hands(plane: Upright, hands: Hands) -> tuple[Tensor, Tensor, Tensor]:
    """Fingers between knuckle and next joint, arms behind the wrist, and the hands with what they hold."""
    batch, most, count = hands.points.shape[:3]
    point = plane.from_frame(hands.points.reshape(batch, most * count, 2)).view(batch, most, count, 2)
    at = VIEW.places(point, _STEP)[:, None]
    palm = (point[:, :, 9] - point[:, :, 0]).norm(dim=2)
    palm = torch.maximum(palm, 1.1 * (point[:, :, 5] - point[:, :, 17]).norm(dim=2))[..., None, None]
    fingers = torch.zeros_like(at[:, 0, ..., 0], dtype=torch.bool).expand(batch, -1, -1)
    for knuckle, joint in _PHALANGES:
        along, aside = _by_segment(at, point[:, :, knuckle], point[:, :, joint])
        fingers = fingers | ((along > 0.1) & (along < 1.05) & (aside < _FINGER * palm)).any(1)
    wrist, middle = point[:, :, 0], (point[:, :, 5] + point[:, :, 17] + 2 * point[:, :, 9]) / 4
    along, aside = _by_segment(at, wrist, 2 * wrist - middle)
    arms = ((along > _CUFF[0]) & (along < _CUFF[1]) & (aside < _ARM * palm)).any(1)
    near = VIEW.places(point, 2 * _STEP)[:, None, None] - point[:, :, :, None, None]
    held = (near.square().sum(-1) < (_HELD * palm[:, :, None]).square()).flatten(1, 2).any(1)
    wide = F.interpolate(torch.stack((fingers, arms), 1).float(), scale_factor=float(_STEP)) > 0
    coarse = F.interpolate(held[:, None].float(), scale_factor=2.0 * _STEP) > 0
    return wide[:, :1], wide[:, 1:], coarse


def _by_segment(at: Tensor, start: Tensor, end: Tensor) -> tuple[Tensor, Tensor]:
    """How far places (1, 1, R, C, 2) are along segments (B, N, 2), 0..1, and aside in face widths."""
    axis = (end - start)[:, :, None, None]
    offset = at - start[:, :, None, None]
    length = axis.norm(dim=-1).clamp_min(1e-3)
    along = (offset * axis).sum(-1) / length.square()
    aside = (offset[..., 0] * axis[..., 1] - offset[..., 1] * axis[..., 0]).abs() / length
    return along, aside
