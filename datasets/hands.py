"""Open hands whose joints are known, drawn from capsules: a palm, an arm and five fingers."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Spot = tuple[float, float]

FINGERS: tuple[tuple[Spot, Spot, float], ...] = (
    ((-38, 50), (-100, -25), 15),
    ((-42, -20), (-58, -140), 13),
    ((-15, -28), (-18, -165), 14),
    ((13, -26), (22, -155), 13),
    ((38, -14), (58, -125), 11),
)
"""Root, tip and half width of each, thumb first: pixels at scale 1 from the middle of the palm, y down."""
_PALM: tuple[tuple[Spot, Spot, float], ...] = (
    ((-30, 0), (-20, 60), 30),
    ((0, -5), (0, 70), 32),
    ((26, 5), (18, 60), 28),
    ((0, 60), (0, 300), 32),
)
_SKIN = (0.55, 0.33, 0.24)
_CREASES = (0.36, 0.68)


def hand(picture: Array, middle: Spot, scale: float = 1.0, turn: float = 0.0) -> Array:
    """A picture (H, W, 3), scene-linear, with a hand over it: its palm's middle, and radians clockwise."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    cos, sin = math.cos(turn), math.sin(turn)
    u = ((x - middle[0]) * cos + (y - middle[1]) * sin) / scale
    v = (-(x - middle[0]) * sin + (y - middle[1]) * cos) / scale
    height = np.max([_inwards(u, v, *each) for each in (*FINGERS, *_PALM)], axis=0)
    shade = 0.35 + 0.65 * np.sqrt(np.clip(height, 0, 14) / 14)
    for root, tip, _ in FINGERS[1:]:
        for share in _CREASES:
            at = [a + share * (b - a) for a, b in zip(root, tip, strict=True)]
            shade *= 1 - 0.25 * np.exp(-(((u - at[0]) / 10) ** 2) - ((v - at[1]) / 2) ** 2)
    cover = np.clip(height * scale / 1.5 + 0.5, 0, 1)[..., None]
    return cover * np.array(_SKIN) * shade[..., None] + (1 - cover) * picture


def placed(spot: Spot, middle: Spot, scale: float = 1.0, turn: float = 0.0) -> Spot:
    """Where a spot of a hand lies in the picture."""
    cos, sin = math.cos(turn), math.sin(turn)
    x, y = spot
    return middle[0] + scale * (x * cos - y * sin), middle[1] + scale * (x * sin + y * cos)


def _inwards(u: Array, v: Array, start: Spot, end: Spot, radius: float) -> Array:
    """Pixels inside the capsule around a segment; negative outside."""
    along = np.subtract(end, start)
    share = np.clip(((u - start[0]) * along[0] + (v - start[1]) * along[1]) / (along @ along), 0, 1)
    inwards: Array = radius - np.hypot(u - start[0] - share * along[0], v - start[1] - share * along[1])
    return inwards
