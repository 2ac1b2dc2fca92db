"""Edges in a raster: where luminance turns steepest, and how far a turn from dark to light reaches."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.geometry import unit

_FADED = 0.15
"""Share of its steepest slope at which a transition counts as over. A disc's penumbra keeps half its
steepest slope for 87 % of its width, and all but 1 % of its light is in before it falls to 0.15."""
_SETTLED = 0.3
_RISE = (0.1, 0.9)


@dataclass(frozen=True)
class Transition:
    """Where profiles rise from dark to light, each (B, N).

    width: 10-90 % of the rise, in steps of the profile. low, high: values at its feet. settled: bool, whether
    both feet are in sight.
    """

    width: Tensor
    low: Tensor
    high: Tensor
    settled: Tensor


def gaussian(raster: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of (B, C, H, W) by sigma pixels, edges repeated; a sum of shifts, so that a batch rounds
    as its members do."""
    reach = max(1, round(2.5 * sigma))
    return _blurred_last(_blurred_last(raster, sigma, reach).mT, sigma, reach).mT


def _blurred_last(raster: Tensor, sigma: float, reach: int) -> Tensor:
    weights = [2.718281828 ** (-0.5 * (i / sigma) ** 2) for i in range(-reach, reach + 1)]
    wide = F.pad(raster, (reach, reach, 0, 0), mode="replicate")
    total, n = torch.zeros_like(raster), raster.shape[3]
    for i, weight in enumerate(weights):
        total.add_(wide[..., i : i + n], alpha=weight / sum(weights))
    return total


def steepest(raster: Tensor, allowed: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """The `count` steepest ridges of slope: index (B, N) into the flat raster, uphill (B, N, 2) unit vectors
    with y up, and slope (B, N) per pixel, 0 where there are fewer.

    raster, allowed: (B, 1, H, W). A ridge is no less steep than its neighbours up and down the slope.
    Source: Canny 1986, "A computational approach to edge detection", non-maximum suppression.
    """
    across = F.pad(raster[..., 2:] - raster[..., :-2], (1, 1)) / 2
    up = F.pad(raster[..., :-2, :] - raster[..., 2:, :], (0, 0, 1, 1)) / 2
    slope = torch.hypot(across, up)
    level = across.abs() > 2.414 * up.abs()
    upright = up.abs() > 2.414 * across.abs()
    rising = across * up > 0
    slanted = torch.where(rising, _summit(slope, -1, 1), _summit(slope, 1, 1))
    summit = torch.where(level, _summit(slope, 0, 1), torch.where(upright, _summit(slope, 1, 0), slanted))
    ridge = slope * summit * allowed
    best, index = ridge.flatten(1).topk(count, dim=1)
    uphill = torch.cat((across, up), 1).flatten(2).gather(2, index[:, None].expand(-1, 2, -1))
    return index, unit(uphill.mT, 2), best


def _summit(raster: Tensor, down: int, right: int) -> Tensor:
    """Whether a pixel is no less than the two that lie so many down and right of it, and as far back."""
    before, after = (torch.roll(raster, (s * down, s * right), (2, 3)) for s in (1, -1))
    return (raster >= before) & (raster >= after)


def transitions(profile: Tensor, trust: Tensor) -> Transition:
    """Follow each rise from its middle to both feet. profile, trust: (B, N, T), T odd, dark to light.

    The feet are where the slope falls under 15 % of the steepest near the middle, or where trust (1 or 0)
    ends, if it is under half the steepest by then.
    """
    count, middle = profile.shape[2], profile.shape[2] // 2
    slope = profile[..., 1:] - profile[..., :-1]
    slope = F.avg_pool1d(F.pad(slope, (1, 1), mode="replicate"), 3, 1)
    peak = slope[..., middle - 2 : middle + 2].amax(2, keepdim=True)
    steep = (slope > _FADED * peak) & (torch.minimum(trust[..., 1:], trust[..., :-1]) > 0.5)
    top = middle + steep[..., middle:].cumprod(2).sum(2)
    foot = middle - steep[..., :middle].flip(2).cumprod(2).sum(2)
    high, low = (profile.gather(2, each[..., None])[..., 0] for each in (top, foot))
    at = torch.arange(count, device=profile.device)
    ends = torch.stack((foot - 1, top), dim=2).clamp(0, count - 2)
    settled = (slope.gather(2, ends) < _SETTLED * peak).all(2) & (foot > 0) & (top < count - 1)
    risen = (profile - low[..., None]) / (high - low).clamp_min(1e-9)[..., None]
    risen = torch.where(at < foot[..., None], 0.0, torch.where(at > top[..., None], 1.0, risen))
    start, end = (_crossing(risen, level) for level in _RISE)
    return Transition(end - start, low, high, settled)


def _crossing(risen: Tensor, level: float) -> Tensor:
    """(B, N) the first step, between samples, at which profiles (B, N, T) reach a level."""
    after = (risen < level).cumprod(2).sum(2).clamp(1, risen.shape[2] - 1)
    upper, lower = (risen.gather(2, each[..., None])[..., 0] for each in (after, after - 1))
    return after - 1 + ((level - lower) / (upper - lower).clamp_min(1e-9)).clamp(0, 1)
