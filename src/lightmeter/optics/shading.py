"""One key light over a soft fill, found from the luminance and normals of a convex-ish surface."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from lightmeter.optics.statistics import weighted_quantile

_COARSE = 110
_BEHIND = -0.3
_REACH = 12.0
_STEP = 4.0
_ROUNDS = 3
_STOPS = (0.0, 6.1)
_HALF_STOP = 0.5
_FLOOR = 0.02
_SHADOW_CAP = 1.0
_LIGHT_CAP = 10.0
_SOFTNESS = 0.02
_FILL_FALLOFF = 1.5
_PREFERENCE = 0.2
"""A key no brighter than the fill must explain this much more to be believed: near the camera the two
look alike, and photographers and sun alike make the key the brighter one."""


@dataclass(frozen=True)
class KeyFit:
    """direction: (B, 3) unit, towards the key. stops: (B,) log2 of key over fill irradiance, each on a
    surface facing it, 0..6. misfit: (B,) robust mean square of log2 luminance, in stops squared;
    flat_misfit: the same for fill alone."""

    direction: Tensor
    stops: Tensor
    misfit: Tensor
    flat_misfit: Tensor


def fit_key(luminance: Tensor, normal: Tensor, weight: Tensor) -> KeyFit:
    """Search the key direction and the key:fill ratio that explain the shading.

    luminance: (B, F) linear, of one albedo apart from outliers; normal: (B, F, 3) camera frame;
    weight: (B, F) >= 0. The model is E = max(0, n.l) + 2^-stops ((1 + n_z) / 2)^1.5: a distant key and
    a large fill around the camera. Residuals are taken in log2, so that albedo and
    exposure are one additive constant; what is darker than the model saturates early, since cast
    shadows, brows and beards darken, while nothing may be brighter than light can make it.
    Invariant to exposure; mirrored input gives the mirrored direction. Searched on a sphere of 110
    directions, then every 4 degrees around the best one; the result is the mean over the candidates,
    each believed by how little worse than the best it fits.
    """
    share = weight / weight.sum(1, keepdim=True).clamp_min(1e-12)
    bright = weighted_quantile(luminance, weight, 0.9)[:, None].clamp_min(1e-9)
    stops = torch.log2(luminance / bright + _FLOOR)
    ratios = torch.arange(*_STOPS, 2.0, device=luminance.device)
    coarse = _sphere(luminance.device).expand(len(luminance), -1, -1)
    cost = _penalised(_costs(stops, normal, share, coarse, ratios), ratios)
    best = coarse.gather(1, cost.amin(2).argmin(1)[:, None, None].expand(-1, 1, 3))[:, 0]
    fine = _around(best)
    ratios = torch.arange(*_STOPS, _HALF_STOP, device=luminance.device)
    cost = _penalised(_costs(stops, normal, share, fine, ratios), ratios)
    misfit = cost.amin((1, 2))
    belief = torch.exp((misfit[:, None, None] - cost) / (_SOFTNESS * misfit[:, None, None] + 1e-9))
    belief = belief / belief.sum((1, 2), keepdim=True)
    direction = torch.nn.functional.normalize(torch.einsum("bdk,bdc->bc", belief, fine), dim=1)
    nowhere = torch.zeros_like(fine[:, :1])
    flat = _costs(stops, normal, share, nowhere, ratios[:1]).amin((1, 2))
    return KeyFit(direction, _lowest(cost.amin(1), ratios), misfit, flat)


def _lowest(cost: Tensor, grid: Tensor) -> Tensor:
    """(B,) the vertex of the parabola through the lowest of costs (B, K) and its neighbours on the grid."""
    middle = cost.argmin(1).clamp(1, len(grid) - 2)
    before, at, after = (cost.gather(1, (middle + step)[:, None])[:, 0] for step in (-1, 0, 1))
    bend = before - 2 * at + after
    shift = 0.5 * (before - after) / torch.where(bend > 0, bend, torch.inf)
    return grid[middle] + shift.clamp(-1, 1) * (grid[1] - grid[0])


def _penalised(cost: Tensor, ratios: Tensor) -> Tensor:
    return cost * (1 + _PREFERENCE * torch.exp2(-ratios))


def _costs(stops: Tensor, normal: Tensor, share: Tensor, directions: Tensor, ratios: Tensor) -> Tensor:
    """(B, D, K) robust mean square residual for D directions (B, D, 3) and K ratios in stops."""
    key = torch.einsum("bfc,bdc->bdf", normal, directions).clamp_min(0)[:, :, None]
    towards = ((1 + normal[..., 2]) / 2) ** _FILL_FALLOFF
    fill = torch.exp2(-ratios)[:, None] * towards[:, None, None]
    residual = stops[:, None, None] - torch.log2(key + fill + _FLOOR)
    share = share[:, None, None]
    offset = (residual * share).sum(3, keepdim=True)
    for _ in range(_ROUNDS):
        trust = share / (1 + _saturation(residual - offset)) ** 2
        offset = (residual * trust).sum(3, keepdim=True) / trust.sum(3, keepdim=True)
    residual = residual - offset
    return (share * residual**2 / (1 + _saturation(residual))).sum(3)


def _saturation(residual: Tensor) -> Tensor:
    """Geman-McClure's ratio of square to cap, with its own cap on either side of the model."""
    return residual**2 * torch.where(residual > 0, 1 / _LIGHT_CAP, 1 / _SHADOW_CAP)


@lru_cache(maxsize=16)
def _sphere(device: torch.device) -> Tensor:
    """(D, 3) even directions, those far behind the face left out; symmetric about the plane x = 0."""
    i = torch.arange(_COARSE // 2, dtype=torch.float64) + 0.5
    z = 1 - i / (_COARSE // 2) * (1 - _BEHIND)
    turn = torch.pi * (1 + 5**0.5) * i
    level = torch.sqrt(1 - z**2)
    half = torch.stack((level * torch.cos(turn), level * torch.sin(turn), z), dim=1)
    both = torch.cat((half, half * half.new_tensor((-1.0, 1.0, 1.0))))
    return both.to(device, torch.float32)


def _around(centre: Tensor) -> Tensor:
    """(B, D, 3) directions in a disc around unit vectors (B, 3)."""
    axis = torch.arange(-_REACH, _REACH + 0.1, _STEP, device=centre.device)
    u, v = torch.meshgrid(axis, axis, indexing="ij")
    disc = torch.hypot(u, v) <= _REACH + 0.1
    u, v = (torch.tan(torch.deg2rad(each[disc])) for each in (u, v))
    up = torch.zeros_like(centre)
    up[:, 1] = 1
    side = torch.nn.functional.normalize(torch.linalg.cross(up, centre), dim=1)
    top = torch.linalg.cross(centre, side)
    ray = centre[:, None] + u[:, None] * side[:, None] + v[:, None] * top[:, None]
    return torch.nn.functional.normalize(ray, dim=2)
