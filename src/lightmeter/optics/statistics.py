"""Order statistics and fits over weighted samples, one per image of a batch."""

from __future__ import annotations

import torch
from torch import Tensor


def weighted_quantile(x: Tensor, weight: Tensor, q: float) -> Tensor:
    """The `q` quantile of each row: the smallest sample at which the weight so far reaches q of all.

    x, weight: (B, N), weight >= 0; returns (B,), NaN for a row without weight. Samples of weight 0 may
    hold anything. Invariant to the order of samples and to the scale of the weights.
    """
    # Sorting takes the less time, the more samples are out of it.
    used = torch.where(weight > 0, x, torch.inf)
    return weighted_quantiles(used, weight[:, None], q)[:, 0]


def weighted_quantiles(x: Tensor, weights: Tensor, q: float) -> Tensor:
    """`weighted_quantile` of the same samples (B, N) under each of K weights (B, K, N): (B, K)."""
    ordered, index = x.sort(dim=1)
    reached = weights.gather(2, index[:, None].expand_as(weights)).double().cumsum(2)
    total = reached[..., -1:]
    first = (reached >= q * total).to(torch.uint8).argmax(2)
    return torch.where(total[..., 0] > 0, ordered.gather(1, first), torch.nan)


def median(x: Tensor, used: Tensor) -> Tensor:
    """The `weighted_quantile` at 1/2 of rows (..., N) whose weights `used` are 1 or 0, without a sort."""
    return torch.where(used > 0, x, torch.nan).nanmedian(dim=-1).values


def weighted_mean(x: Tensor, weight: Tensor) -> Tensor:
    """Mean of each row of x (B, N) under weight (B, N); NaN for a row without weight."""
    used = torch.where(weight > 0, x, 0)
    return ((used * weight).sum(1, dtype=torch.float64) / weight.sum(1, dtype=torch.float64)).to(x.dtype)


def least_squares(design: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Weighted linear least squares: design (B, N, K), target (B, N, C), weight (B, N) to (B, K, C).

    Solved in float64 by the normal equations with a ridge of 1e-9 of their trace, which leaves the
    answer alone where the design has full rank and keeps it finite where it has not.
    """
    a = design.double()
    weighted = a * weight.double()[..., None]
    normal = weighted.transpose(1, 2) @ a
    ridge = 1e-9 * normal.diagonal(dim1=1, dim2=2).mean(1).clamp_min(1e-12)
    normal = normal + ridge[:, None, None] * torch.eye(a.shape[2], dtype=a.dtype, device=a.device)
    # Not `solve`, which waits for the device to look for singular ones: the ridge leaves none.
    solution: Tensor = torch.linalg.solve_ex(normal, weighted.transpose(1, 2) @ target.double()).result
    return solution


def tukey(residual: Tensor, scale: Tensor) -> Tensor:
    """Tukey's biweight of residual over 4.685 scale: 1 at 0, 0 beyond; 95 % efficient under Gauss."""
    return (1 - (residual / (4.685 * scale)) ** 2).clamp_min(0) ** 2
