"""How badly a key and a fill explain the shading of skin, in log2 luminance."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

_ROUNDS = 2
_SHADOW_CAP = 2.0
_LIGHT_CAP = 10.0
_ZONE, _ZONE_DEVIATION = -0.4, 0.3
"""Stops: how much darker a beard's zone is than the rest, and how surely. Photometric stereo of four men
gave -0.3 to -0.6 about the mouth; the unbearded have less."""

_NOISE, _FREEDOMS = 0.15, 25.0
"""Stops squared that skin leaves unexplained, and how many facets' worth of it are independent."""

_FIRM = _NOISE / _FREEDOMS / _ZONE_DEVIATION**2
"""What a squared stop of the zone off its prior costs, next to a misfit."""


@dataclass(frozen=True)
class Shaded:
    """relative: (B, F) luminance over that of bright skin; normal: (B, F, 3); share: (B, F) weights that
    sum to 1; zone: (B, F) 1 where albedo may differ, else 0; floor: what counts as dark."""

    relative: Tensor
    normal: Tensor
    share: Tensor
    zone: Tensor
    floor: float

    def every(self, step: slice) -> Shaded:
        """Only some of the facets."""
        share = self.share[:, step]
        share = share / share.sum(1, keepdim=True).clamp_min(1e-12)
        return Shaded(self.relative[:, step], self.normal[:, step], share, self.zone[:, step], self.floor)

    def softer(self, tone: float) -> Shaded:
        """As if the luminance were the `tone` power of what it was."""
        return replace(self, relative=self.relative ** (1 / tone))


def misfits(
    skin: Shaded, directions: Tensor, ratios: Tensor, falloff: float, reached: Tensor | None = None
) -> Tensor:
    """(B, D, K) robust mean square residual for D key directions (B, D, 3) and K ratios in stops.

    reached: (B, D, F) share of the key that the body lets through to each facet, if it is known.
    Residuals are taken in log2, so that albedo and exposure are one additive constant and the zone's
    albedo another; what is darker than the model saturates early, since brows, beards and hats' shadows
    darken, while little may be brighter than light can make it.
    """
    key = torch.einsum("bfc,bdc->bdf", skin.normal, directions).clamp_min_(0)
    if reached is not None:
        key.mul_(reached)
    fill = ((1 + skin.normal[:, None, None, :, 2]) / 2).clamp_min(0) ** falloff
    lit = key[:, :, None] + (torch.exp2(-ratios)[:, None] * fill + skin.floor)
    stops = torch.log2(skin.relative + skin.floor)[:, None]
    return _misfit(skin, stops - lit.log2_().flatten(1, 2)).view(lit.shape[:3])


def _misfit(skin: Shaded, residual: Tensor) -> Tensor:
    """(B, D) of residuals (B, D, F), less the constants that fit them best."""
    share = skin.share[:, None]
    parts = torch.stack((torch.ones_like(skin.zone), skin.zone), dim=2)
    weighted = skin.share[..., None] * parts
    constants = _constants(residual @ weighted, share @ parts)
    for _ in range(_ROUNDS):
        trust = share / _saturation(_left(residual, constants, parts)).square_()
        within = trust @ parts
        constants = _constants(trust.mul_(residual) @ parts, within)
    left = _left(residual, constants, parts)
    saturation = _saturation(left)
    misfit = left.square_().div_(saturation) @ share.mT
    return misfit[..., 0] + _FIRM * (constants[..., 1] - _ZONE) ** 2


def _left(residual: Tensor, constants: Tensor, parts: Tensor) -> Tensor:
    """Residuals (B, D, F) less the constants (B, D, 2) of the parts (B, F, 2) of the face."""
    return torch.baddbmm(residual, constants, parts.mT, alpha=-1)


def _constants(summed: Tensor, trust: Tensor) -> Tensor:
    """(B, D, 2): least squares' constant for all facets, and that of the zone with its prior; from sums
    (B, D, 2) of residuals and of their weights, each over all facets and over the zone."""
    total, total_within = summed.unbind(2)
    every, within = trust.unbind(2)
    every = every.clamp_min(1e-12)
    own = total_within - within * total / every + _FIRM * _ZONE
    own = own / (within - within**2 / every + _FIRM)
    return torch.stack(((total - within * own) / every, own), dim=2)


def _saturation(residual: Tensor) -> Tensor:
    """One more than Geman-McClure's ratio of square to cap, with its own cap on either side of the model."""
    lopsided = torch.nn.functional.leaky_relu(residual, math.sqrt(_LIGHT_CAP / _SHADOW_CAP))
    return lopsided.square_().div_(_LIGHT_CAP).add_(1)
