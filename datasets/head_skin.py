"""What the head is painted with: linear reflectances that lights multiply."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from head_shape import EYE, IRIS_RADIUS, MOUTH, Distances
from torch import Tensor

_LIPS = (0.42, 0.13, 0.12)
_BROWS = (0.07, 0.045, 0.03)
_SCLERA = (0.62, 0.58, 0.55)
_PUPIL = (0.01, 0.01, 0.01)


@dataclass(frozen=True)
class Paint:
    """Linear reflectances, 0..1. make_up: how red the lips are, beard: how dark a beard, 0..1. texture: % RMS
    of pores in log reflectance, 30 to 110 cycles per face width; strands: that of hair, as a ratio."""

    skin: tuple[float, float, float] = (0.48, 0.29, 0.20)
    hair: tuple[float, float, float] = (0.06, 0.035, 0.02)
    cloth: tuple[float, float, float] = (0.10, 0.11, 0.13)
    iris: tuple[float, float, float] = (0.12, 0.07, 0.03)
    make_up: float = 0.6
    beard: float = 0.0
    texture: float = 0.0
    strands: float = 0.35


def albedo(point: Tensor, near: Distances, paint: Paint) -> Tensor:
    """(N, 3) reflectance at surface points (N, 3) of the head frame."""
    x, y, z = point[:, 0].abs(), point[:, 1], point[:, 2]
    front = z > 0.1
    colour = point.new_tensor(paint.skin).expand(len(point), 3)
    colour = _over(colour, point.new_tensor(paint.skin) * 0.35, paint.beard * _beard(x, y) * front)
    lips = point.new_tensor(_LIPS) * point.new_tensor(paint.skin).mean() / 0.32
    colour = _over(colour, lips, paint.make_up * _lip(x, y) * front)
    colour = _over(colour, point.new_tensor(_BROWS), 0.85 * _brow(x, y) * front)
    colour = _over(colour, point.new_tensor(_BROWS), 0.75 * _lash(x, y) * (z > EYE[2]))
    colour = colour * torch.exp(paint.texture / 100 * _mottle(point))[:, None]
    colour = _over(colour, point.new_tensor(paint.cloth), _soft(clothed(point), 0.01))
    eye = (near.eye < near.skin) & (near.eye < near.hair)
    colour = torch.where(eye[:, None], _eyeball(x, y, paint, point), colour)
    hair = (near.hair < near.skin) & (near.hair < near.eye)
    strands = torch.exp(paint.strands * _strands(point))[:, None] * point.new_tensor(paint.hair)
    return torch.where(hair[:, None], strands, colour)


def body(point: Tensor) -> Tensor:
    """(N,) bool: below the jaw, the neck, shoulders and clothes."""
    return point[:, 1] < -0.45 - 0.6 * point[:, 2].clamp(-0.2, 0.5)


def clothed(point: Tensor) -> Tensor:
    """(N,) face widths below the neckline."""
    return -1.02 - 0.15 * point[:, 0].abs() - point[:, 1]


def _over(below: Tensor, above: Tensor, alpha: Tensor) -> Tensor:
    return below + (above - below) * alpha[:, None]


def _soft(inside: Tensor, width: float) -> Tensor:
    """0 to 1 as a distance goes from -width to width."""
    t = (0.5 + inside / (2 * width)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def _brow(x: Tensor, y: Tensor) -> Tensor:
    along = (x - 0.09) / 0.26
    middle = 0.282 + 0.032 * (1 - (2 * along - 1.2) ** 2)
    thick = 0.028 * (1 - 0.6 * along.clamp(0, 1))
    return _soft(thick - (y - middle).abs(), 0.012) * _soft(x - 0.09, 0.012) * _soft(0.35 - x, 0.02)


def _lash(x: Tensor, y: Tensor) -> Tensor:
    """The rim of the upper lid, and half as strong that of the lower one."""
    u = x - EYE[0]
    v = y - EYE[1] - 0.06 * u
    upper = (torch.hypot(u, v + 0.105) - 0.150 - 0.004).abs()
    lower = (torch.hypot(u, v - 0.150) - 0.182 - 0.003).abs()
    within = _soft(0.112 - u.abs(), 0.006)
    return within * torch.maximum(
        _soft(0.009 - upper, 0.004) * (v > 0), 0.5 * _soft(0.005 - lower, 0.003) * (v <= 0)
    )


def _lip(x: Tensor, y: Tensor) -> Tensor:
    v = y - MOUTH
    reach = 1 - (x / 0.155) ** 2
    bow = 0.062 * reach - 0.012 * torch.exp(-((x / 0.03) ** 2))
    inside = torch.minimum(bow - v, v + 0.078 * reach)
    return _soft(inside, 0.008)


def _beard(x: Tensor, y: Tensor) -> Tensor:
    return _soft(-0.2 - y + 0.5 * (x - 0.25).clamp_min(0), 0.06) * _soft(y + 0.72, 0.05)


def _eyeball(x: Tensor, y: Tensor, paint: Paint, point: Tensor) -> Tensor:
    radius = torch.hypot(x - EYE[0], y - EYE[1])
    colour = _over(
        point.new_tensor(_SCLERA).expand(len(point), 3),
        point.new_tensor(paint.iris),
        _soft(IRIS_RADIUS - radius, 0.004),
    )
    return _over(colour, point.new_tensor(_PUPIL), _soft(0.017 - radius, 0.003))


def _mottle(point: Tensor) -> Tensor:
    """(N,) noise of deviation 1: sinusoids of 30, 60 and 110 cycles per face width in fixed directions.

    The same on both sides of the face, so that a mirrored scene gives a mirrored picture.
    """
    generator = torch.Generator().manual_seed(7)
    point = point * torch.where(point[:, :1] < 0, point.new_tensor((-1.0, 1.0, 1.0)), 1.0)
    total = torch.zeros_like(point[:, 0])
    for octave in (30.0, 60.0, 110.0):
        for _ in range(6):
            way = torch.nn.functional.normalize(torch.randn(3, generator=generator), dim=0)
            phase = 6.2832 * float(torch.rand(1, generator=generator))
            total = total + torch.sin(6.2832 * octave * (point @ way.to(point)) + phase)
    return total / 3.0


def _strands(point: Tensor) -> Tensor:
    """(N,) stripes of deviation 1 that fan out from the crown."""
    turn = torch.atan2(point[:, 0], 0.85 - point[:, 1] + 0.6 * (point[:, 2] + 0.2).abs()).abs()
    wave = 0.02 * torch.sin(9 * point[:, 1]) + 0.02 * torch.sin(7 * point[:, 2])
    total = torch.zeros_like(turn)
    for rate, phase in ((67.0, 0.3), (113.0, 1.7), (190.0, 2.9)):
        total = total + torch.sin(rate * (turn + wave) + phase)
    return total / 1.22
