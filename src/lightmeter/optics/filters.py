"""Edge-aware and box smoothing over pictures, in time that does not depend on the radius."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def box_filter(x: Tensor, radius: int) -> Tensor:
    """Mean over the (2 radius + 1) square around each pixel, over the part of it inside the picture.

    x: (..., H, W) float, any unit; the result has its shape, dtype and unit.
    Source: running sums (Crow 1984, "Summed-area tables"), one axis at a time to keep fp32 exact enough.
    """
    if radius < 0:
        raise ValueError(f"radius is {radius}: must not be negative")
    return _box_last(_box_last(x, radius).mT, radius).mT


def _box_last(x: Tensor, radius: int) -> Tensor:
    n = x.shape[-1]
    radius = min(radius, n - 1)
    sums = F.pad(x.cumsum(-1), (1, 0))
    # Slices, not an index per pixel: gathering along rows would cost more than the sums.
    total = torch.cat([sums[..., radius + 1 :], sums[..., -1:].expand(*x.shape[:-1], radius)], -1)
    total[..., radius:] -= sums[..., : n - radius]
    at = torch.arange(n, device=x.device)
    return total / ((at + radius + 1).clamp(max=n) - (at - radius).clamp(min=0)).to(x.dtype)


def box_filter_each(x: Tensor, radius: Tensor) -> Tensor:
    """As `box_filter` of planes x (B, C, H, W), with a radius (B,) int64 for each of the batch."""
    return _box_last_each(_box_last_each(x, radius).mT, radius).mT


def _box_last_each(x: Tensor, radius: Tensor) -> Tensor:
    n, sums = x.shape[-1], F.pad(x.cumsum(-1), (1, 0))
    at, radius = torch.arange(n, device=x.device), radius[:, None, None, None]
    first, last = (at - radius).clamp_min(0), (at + radius + 1).clamp_max(n)
    total = sums.gather(-1, last.expand_as(x)) - sums.gather(-1, first.expand_as(x))
    return total / (last - first).to(x.dtype)


def resize_weights(length: Tensor, most: int, side: int, cubic: bool = False) -> Tensor:
    """(..., side, most) weights that bring `length` (...,) samples, at most `most`, to `side`: rows sum to 1.

    Triangles two steps wide, or cubics four wide, a step being the wider of a sample and a result: means over
    areas where there are more samples, curves between them where there are fewer. As torch's `interpolate`,
    bilinear or bicubic, with `antialias`, for a length that only the device knows.
    """
    scale = (length / side)[..., None, None]
    at = torch.arange(most, device=length.device) + 0.5
    centre = (torch.arange(side, device=length.device)[:, None] + 0.5) * scale
    away = (at - centre).abs() / scale.clamp_min(1)
    weight = _cubic(away) if cubic else (1 - away).clamp_min(0)
    weight = weight * (at < length[..., None, None])
    return weight / weight.sum(-1, keepdim=True)


def _cubic(x: Tensor) -> Tensor:
    """Keys's kernel at distances x >= 0. Source: Keys 1981, with a = -1/2 as in Pillow and torch."""
    near, far = (1.5 * x - 2.5) * x**2 + 1, -0.5 * (((x - 5) * x + 8) * x - 4)
    return torch.where(x < 1, near, torch.where(x < 2, far, 0.0))


def guided_filter(guide: Tensor, x: Tensor, radius: int, eps: float) -> Tensor:
    """Smooth `x` except across edges of `guide`; where `x` is smaller it is brought to the guide's size.

    guide: (B, C, H, W) float 0..1, C 1 or 3. x: (B, 1, h, w), h <= H and w <= W. radius: pixels of `x`.
    eps: variance of the guide (in its unit, squared) below which it counts as flat. Returns (B, 1, H, W),
    unclamped. Source: He, Sun, Tang 2013, "Guided image filtering"; He, Sun 2015, "Fast guided filter".
    """
    if guide.shape[1] not in (1, 3):
        raise ValueError(f"guide has {guide.shape[1]} channels: must have 1 or 3")
    small = guide
    if guide.shape[-2:] != x.shape[-2:]:
        small = F.interpolate(guide, x.shape[-2:], mode="bilinear", antialias=True)
    slope, offset = _linear_model(small, x, radius, eps)
    size = guide.shape[-2:]
    if size != x.shape[-2:]:
        slope = F.interpolate(slope, size, mode="bilinear")
        offset = F.interpolate(offset, size, mode="bilinear")
    return _dot(slope, guide) + offset


def _linear_model(guide: Tensor, x: Tensor, radius: int, eps: float) -> tuple[Tensor, Tensor]:
    """The local fit x = slope . guide + offset, averaged over the windows that hold each pixel.

    In float64: a variance is a small difference of large means, and `eps` is as small as their error.
    """
    c, dtype = guide.shape[1], x.dtype
    guide, x = guide.double(), x.double()
    rows, columns = torch.triu_indices(c, c, device=guide.device).unbind()
    products = torch.cat([guide, x, guide * x, guide[:, rows] * guide[:, columns]], 1)
    means = box_filter(products, radius)
    mean_guide, mean_x, mean_product = means[:, :c], means[:, c : c + 1], means[:, c + 1 : 2 * c + 1]
    covariance = means[:, 2 * c + 1 :] - mean_guide[:, rows] * mean_guide[:, columns]
    covariance = covariance + eps * (rows == columns).view(1, -1, 1, 1)
    shared = mean_product - mean_guide * mean_x
    slope = shared / covariance if c == 1 else _solved(covariance, shared)
    model = box_filter(torch.cat([slope, mean_x - _dot(slope, mean_guide)], 1), radius)
    return model[:, :c].to(dtype), model[:, c:].to(dtype)


def _solved(covariance: Tensor, shared: Tensor) -> Tensor:
    """Solve symmetric 3x3 systems, (B, 6, H, W) upper triangles against (B, 3, H, W), by cofactors."""
    rr, rg, rb, gg, gb, bb = covariance.unbind(1)
    cofactors = [gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb]
    cofactors += [rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg]
    a, b, c, d, e, f = cofactors
    determinant = rr * a + rg * b + rb * c
    x, y, z = shared.unbind(1)
    return (
        torch.stack([a * x + b * y + c * z, b * x + d * y + e * z, c * x + e * y + f * z], 1)
        / determinant[:, None]
    )


def _dot(one: Tensor, other: Tensor) -> Tensor:
    return (one * other).sum(1, keepdim=True)


def spread(x: Tensor, reach: int) -> Tensor:
    """The largest value within a square of `reach` around each pixel: (..., H, W) >= 0 or bool to the same.

    Running maxima of doubling width, so the cost grows with log(reach) and not with reach.
    """
    return _widest(_widest(x, reach, -2), reach, -1)


def shrink(x: Tensor, reach: int) -> Tensor:
    """The smallest value within a square of `reach` around each pixel, as far as it is inside the picture:
    (..., H, W) of 0 to 1 or bool to the same."""
    return ~spread(~x, reach) if x.dtype == torch.bool else 1 - spread(1 - x, reach)


def _widest(x: Tensor, reach: int, axis: int) -> Tensor:
    width, covered = 2 * reach + 1, 1
    x = F.pad(x, (reach, reach, 0, 0) if axis == -1 else (0, 0, reach, reach))
    while covered < width:
        step = min(covered, width - covered)
        length = x.shape[axis] - step
        x = torch.maximum(x.narrow(axis, 0, length), x.narrow(axis, step, length))
        covered += step
    return x
