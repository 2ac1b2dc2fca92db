"""Band-pass filters of square windows, in the frequency domain, with a band of its own per image."""

from __future__ import annotations

import torch
from torch import Tensor


def gaussian_response(side: int, sigma: Tensor) -> Tensor:
    """(B, side, side // 2 + 1): what a Gaussian blur of sigma (B,) pixels leaves of each frequency."""
    down = torch.fft.fftfreq(side, device=sigma.device)
    across = torch.fft.rfftfreq(side, device=sigma.device)
    squared = down[:, None] ** 2 + across[None, :] ** 2
    response: Tensor = torch.exp(-2 * (torch.pi * sigma[:, None, None]) ** 2 * squared)
    return response


def blurred(windows: Tensor, sigma: Tensor) -> Tensor:
    """Gaussian blur of (B, N, S, S) windows by sigma (B,) pixels; the border wraps around."""
    return _filtered(windows, gaussian_response(windows.shape[-1], sigma))


def band(windows: Tensor, sigma: Tensor) -> Tensor:
    """Difference of Gaussians of sigma and 2 sigma (B,) pixels of (B, N, S, S) windows.

    Its gain is e^-u - e^-4u with u = 2 (pi sigma f)^2: it peaks at f = 0.153 / sigma cycles per pixel, where
    it is 0.472, and is half of that at 0.07 / sigma and 0.27 / sigma; constants vanish.
    """
    side = windows.shape[-1]
    return _filtered(windows, gaussian_response(side, sigma) - gaussian_response(side, 2 * sigma))


def _filtered(windows: Tensor, response: Tensor) -> Tensor:
    """(B, N, S, S) windows under a frequency response (B, S, S // 2 + 1) of each image's own."""
    side = windows.shape[-1]
    filtered: Tensor = torch.fft.irfft2(torch.fft.rfft2(windows) * response[:, None], s=(side, side))
    return filtered
