"""The shape of the synthetic head: a signed distance, the same on both sides of the plane x = 0.

Head frame: x to image right while it looks at the camera, y up, z out of the face;
the origin lies midway between the temples and 1 is the face's width, about 14 cm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

EYE = (0.215, 0.135, 0.350)
EYE_RADIUS = 0.088
IRIS_RADIUS = 0.042
"""12 mm across, on a face 14 cm wide."""
MOUTH = -0.325

_LOW = (-1.5, -1.95, -1.1)
_HIGH = (1.5, 1.2, 0.9)
_CELL = 0.025


@dataclass(frozen=True)
class Distances:
    """(N,) signed distances in face widths: to bare skin, to the eyeballs, to hair; negative inside."""

    skin: Tensor
    eye: Tensor
    hair: Tensor

    @property
    def nearest(self) -> Tensor:
        return torch.minimum(torch.minimum(self.skin, self.eye), self.hair)


def distances(point: Tensor, hair: str) -> Distances:
    """Distances at points (N, 3) of the head frame to a head with `hair` "none", "short" or "long"."""
    p = torch.stack((_folded(point[:, 0]), point[:, 1], point[:, 2]), dim=1)
    eye = (p - p.new_tensor(EYE)).norm(dim=1) - EYE_RADIUS
    return Distances(_skin(p), eye, _hair(p, hair))


def _folded(x: Tensor) -> Tensor:
    """|x|, rounded within 2 % of a face width so that nothing has a crease at the middle."""
    return torch.sqrt(x * x + 4e-4)


def _skin(p: Tensor) -> Tensor:
    d = _ellipsoid(p, (0, 0.33, -0.15), (0.535, 0.68, 0.69))
    d = _joined(d, _ellipsoid(p, (0, -0.12, 0.08), (0.46, 0.57, 0.44)), 0.14)
    d = _joined(d, _capsule(p, (0.31, -0.30, -0.04), (0.10, -0.58, 0.28), 0.10, 0.09), 0.20)
    d = _joined(d, _ellipsoid(p, (0, -0.565, 0.36), (0.13, 0.11, 0.13)), 0.14)
    d = _joined(d, _ellipsoid(p, (0.28, -0.03, 0.32), (0.14, 0.10, 0.13)), 0.16)
    d = _joined(d, _ellipsoid(p, (0, -0.32, 0.38), (0.20, 0.17, 0.15)), 0.14)
    d = _joined(d, _ellipsoid(p, (0.20, 0.27, 0.40), (0.16, 0.05, 0.10)), 0.10)
    d = _less(d, _ellipsoid(p, (0.21, 0.14, 0.56), (0.13, 0.075, 0.11)), 0.09)
    d = _nose(d, p)
    d = _eyelids(d, p)
    d = _lips(d, p)
    d = _joined(d, _ear(p), 0.04)
    d = _joined(d, _capsule(p, (0, -0.35, -0.20), (0, -1.1, -0.25), 0.30, 0.34), 0.10)
    return _joined(d, _ellipsoid(p, (0, -1.62, -0.28), (1.25, 0.58, 0.42)), 0.25)


def _nose(d: Tensor, p: Tensor) -> Tensor:
    nose = _capsule(p, (0, 0.17, 0.485), (0, -0.05, 0.625), 0.045, 0.062)
    nose = _joined(nose, _ellipsoid(p, (0, -0.085, 0.635), (0.07, 0.06, 0.07)), 0.05)
    nose = _joined(nose, _ellipsoid(p, (0.085, -0.115, 0.55), (0.05, 0.048, 0.07)), 0.05)
    d = _joined(d, nose, 0.07)
    return _less(d, _ellipsoid(p, (0.042, -0.155, 0.615), (0.024, 0.03, 0.036)), 0.015)


def _eyelids(d: Tensor, p: Tensor) -> Tensor:
    """A lid around the eyeball, opened by an almond that reaches back to the eye's middle."""
    lid = (p - p.new_tensor(EYE)).norm(dim=1) - EYE_RADIUS - 0.016
    d = _joined(d, lid, 0.04)
    x, y = p[:, 0] - EYE[0], p[:, 1] - EYE[1] - 0.06 * (p[:, 0] - EYE[0])
    upper = torch.hypot(x, y + 0.105) - 0.150
    lower = torch.hypot(x, y - 0.150) - 0.182
    almond = torch.maximum(torch.maximum(upper, lower), EYE[2] - p[:, 2])
    return _less(d, almond, 0.012)


def _lips(d: Tensor, p: Tensor) -> Tensor:
    upper = _ellipsoid(p, (0.035, MOUTH + 0.032, 0.515), (0.115, 0.03, 0.045))
    lower = _ellipsoid(p, (0, MOUTH - 0.036, 0.510), (0.115, 0.038, 0.05))
    return _joined(d, _joined(upper, lower, 0.008), 0.035)


def _ear(p: Tensor) -> Tensor:
    tilted = torch.stack((p[:, 0] - 0.3 * (-0.05 - p[:, 2]), p[:, 1], p[:, 2]), dim=1)
    ear = _ellipsoid(tilted, (0.535, 0.0, -0.10), (0.04, 0.17, 0.10))
    return _less(ear, _ellipsoid(tilted, (0.585, 0.02, -0.08), (0.035, 0.11, 0.06)), 0.03)


def _hair(p: Tensor, style: str) -> Tensor:
    if style == "none":
        return torch.full_like(p[:, 0], 9.0)
    cap = _ellipsoid(p, (0, 0.34, -0.20), (0.60, 0.75, 0.76))
    opening = _ellipsoid(p * p.new_tensor((1, 1, 0)), (0, 0.02, 0), (0.475, 0.53, 1.0))
    face = torch.maximum(opening, -0.02 - p[:, 2])
    d = _less(_less(cap, face, 0.06), _front(p), 0.06)
    if style == "long":
        lock = _capsule(p, (0.50, 0.25, -0.12), (0.54, -0.95, -0.02), 0.12, 0.15)
        back = _ellipsoid(p, (0, -0.35, -0.55), (0.60, 0.80, 0.25))
        d = _joined(_joined(d, lock, 0.08), back, 0.10)
    return d


def _front(p: Tensor) -> Tensor:
    """What is in front of and below the ears, where short hair ends."""
    return torch.maximum(p[:, 1] + 0.02, -0.22 - p[:, 2])


def _ellipsoid(p: Tensor, centre: tuple[float, ...], radii: tuple[float, ...]) -> Tensor:
    """First-order distance: exact to second order near the surface, never far too long."""
    q = (p - p.new_tensor(centre)) / p.new_tensor(radii)
    size = (q * q).sum(1).clamp_min(1e-12).sqrt()
    slope = (q / p.new_tensor(radii)).square().sum(1).clamp_min(1e-12).sqrt()
    return size * (size - 1) / slope


def _capsule(p: Tensor, one: tuple[float, ...], other: tuple[float, ...], r: float, s: float) -> Tensor:
    """A rod from `one`, of radius r, to `other`, of radius s."""
    a, b = p.new_tensor(one), p.new_tensor(other)
    along = (((p - a) @ (b - a)) / (b - a).square().sum()).clamp(0, 1)
    return (p - a - along[:, None] * (b - a)).norm(dim=1) - r - (s - r) * along


def _joined(a: Tensor, b: Tensor, k: float) -> Tensor:
    """Union whose seam is rounded over k. Source: Quilez, polynomial smooth minimum."""
    h = (0.5 + 0.5 * (b - a) / k).clamp(0, 1)
    return b + (a - b) * h - k * h * (1 - h)


def _less(a: Tensor, b: Tensor, k: float) -> Tensor:
    """What of a is not in b, the edge rounded over k."""
    return -_joined(-a, b, k)


def normals(point: Tensor, hair: str) -> Tensor:
    """(N, 3) unit gradients of the nearest distance, by differentiation."""
    with torch.enable_grad():
        at = point.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(distances(at, hair).nearest.sum(), at)
    return torch.nn.functional.normalize(gradient, dim=1)


@lru_cache(maxsize=3)
def _grid(hair: str) -> Tensor:
    """(1, 1, Z, Y, X) distances on a grid of the bust's box, for marching."""
    z, y, x = (torch.linspace(_LOW[i], _HIGH[i], round((_HIGH[i] - _LOW[i]) / _CELL) + 1) for i in (2, 1, 0))
    half = x[x > -1e-6]
    points = torch.stack(torch.meshgrid(z, y, half, indexing="ij"), dim=-1).flip(-1).reshape(-1, 3)
    near = torch.cat([distances(part, hair).nearest for part in points.split(200_000)])
    near = near.view(len(z), len(y), len(half))
    return torch.cat((near.flip(2)[..., :-1], near), dim=2)[None, None]


def marched(point: Tensor, hair: str) -> Tensor:
    """(N,) distances by interpolation in a grid of 1/40 face width; beyond the box those of its border."""
    low, high = point.new_tensor(_LOW), point.new_tensor(_HIGH)
    where = ((point - low) / (high - low) * 2 - 1)[None, None, None]
    sampled = torch.nn.functional.grid_sample(_grid(hair), where, align_corners=True, padding_mode="border")
    return sampled.view(-1)
