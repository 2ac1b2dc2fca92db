"""Light that is constant along one direction: a beam, a band, the stripes of a blind."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

_STEP = 6
_FINE = 5
_HALF = 19
_SHRINK = 0.004
"""Share of all weight at which a bin's mean slope is halved, so that bins of few samples explain nothing."""

_OCCUPIED = 0.004
"""Share of all weight that a bin of the profile must hold to count."""


@dataclass(frozen=True)
class Ridge:
    """The best explanation of a picture's slopes by light that varies in one direction only.

    angle: (B,) degrees, -90 to below 90, the axis along which the light is constant, positive
    counter-clockwise from image right. error: (B,) its standard error in degrees. share: (B,) of the slopes'
    energy that the axis explains, 0..1. profile: (B, K) stops across that axis, in bins from the top left;
    NaN where no sample lies. swing: (B,) stops by which the profile's best peak stands over the darkest
    places on both its sides: a band has one, an edge or a slope none.
    """

    angle: Tensor
    error: Tensor
    share: Tensor
    profile: Tensor
    swing: Tensor

    def __getitem__(self, some: slice) -> Ridge:
        """Those of some images of the batch."""
        return Ridge(*(getattr(self, each.name)[some] for each in fields(self)))


def across(angle: Tensor) -> Tensor:
    """(..., 2) unit vectors in the frame, x right, y down, square to an axis at `angle` degrees."""
    turn = torch.deg2rad(angle)
    return torch.stack((turn.sin(), turn.cos()), dim=-1)


def ridge(slopes: Tensor, places: Tensor, weight: Tensor, samples: Tensor) -> Ridge:
    """Fit slopes (B, N, 2), stops per bin, by f'(s) n for every axis, s being the place across it.

    places: (B, N, 2) in bins from the middle; what lies over 19 bins away is not seen. weight: (B, N) >= 0.
    samples: (B,) how many of the slopes are independent; it sets the error. Slopes and not levels are
    fitted, so that paint does not matter where its edges have no weight, and texture cancels by its sign.
    Invariant to any gain of the light.
    """
    coarse = torch.arange(-90, 90, _STEP, device=slopes.device, dtype=slopes.dtype).expand(len(slopes), -1)
    likely = _likely(slopes, places, weight, samples, coarse)
    first = coarse.gather(1, likely.argmax(1, keepdim=True))
    fine = first + torch.arange(-_FINE, _FINE + 1, device=slopes.device, dtype=slopes.dtype)
    belief = torch.softmax(_likely(slopes, places, weight, samples, fine), dim=1)
    angle = (belief * fine).sum(1)
    near = (belief * (fine - angle[:, None]) ** 2).sum(1).sqrt()
    far = _spread(coarse, torch.softmax(likely, dim=1))
    share, profile = (each[:, 0] for each in _explained(slopes, places, weight, angle[:, None]))
    angle = torch.remainder(angle + 90, 180) - 90
    error = torch.where(far > _STEP, far, torch.maximum(near, torch.full_like(near, 0.5)))
    return Ridge(angle, error, share, profile, standing(profile).amax(1))


def _likely(slopes: Tensor, places: Tensor, weight: Tensor, samples: Tensor, angles: Tensor) -> Tensor:
    """(B, A) log likelihood of axes at angles (B, A) under Gaussian residuals."""
    share, _ = _explained(slopes, places, weight, angles)
    return -0.5 * samples[:, None] * torch.log1p(-share.clamp(0, 0.99))


def _spread(angles: Tensor, belief: Tensor) -> Tensor:
    """(B,) circular standard deviation in degrees of axes, whose angles count modulo 180; at most 52.

    52 is that of angles about which nothing is known. Source: Mardia, Jupp 2000, "Directional statistics".
    """
    turn = torch.deg2rad(2 * angles)
    length = torch.hypot((belief * turn.cos()).sum(1), (belief * turn.sin()).sum(1)).clamp(1e-6, 1)
    return torch.rad2deg((-2 * torch.log(length)).sqrt() / 2).clamp_max(52.0)


def _explained(slopes: Tensor, places: Tensor, weight: Tensor, angles: Tensor) -> tuple[Tensor, Tensor]:
    """Explained shares (B, A) and profiles (B, A, K) for axes at `angles` (B, A) degrees."""
    at, rise = (across(angles) @ each.mT for each in (places, slopes))
    held, summed = _binned(at, rise, weight)
    total = weight.sum(1).clamp_min(1e-9)[:, None, None]
    slope = summed / (held + _SHRINK * total)
    energy = (weight[..., None] * slopes**2).sum((1, 2)).clamp_min(1e-9)
    profile = torch.where(held > _OCCUPIED * total, slope.cumsum(2), torch.nan)
    return (held * slope**2).sum(2) / energy[:, None], profile


def _binned(at: Tensor, rise: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """(B, A, K) the weights (B, N) in each bin, and the sums of `rise` (B, A, N) so weighted, at `at`."""
    bins = torch.arange(-_HALF, _HALF + 1, device=at.device, dtype=at.dtype)[:, None]
    sums = []
    # One axis after the other: all at once would hold A times as much.
    for place, slope in zip(at.unbind(1), rise.unbind(1), strict=True):
        near = (1 - (place[:, None] - bins).abs_()).clamp_min_(0)
        sums.append(torch.stack((weight, weight * slope), dim=1) @ near.mT)
    held, summed = torch.stack(sums, dim=1).unbind(2)
    return held, summed


def standing(profile: Tensor) -> Tensor:
    """(B, K) how much each place of a profile (B, K) stands over the darkest on both its sides; 0 if NaN."""
    low = torch.where(profile.isnan(), torch.inf, profile)
    before = low.cummin(1).values
    after = low.flip(1).cummin(1).values.flip(1)
    return torch.where(profile.isnan(), 0.0, profile - torch.maximum(before, after))
