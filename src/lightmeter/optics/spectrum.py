"""Band-pass filters of square windows, in the frequency domain, with a band of its own per image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def gaussian_response(side: int, sigma: Tensor) -> Tensor:
    """(B, side, side // 2 + 1): what a Gaussian blur of sigma (B,) pixels leaves of each frequency."""
    down = torch.fft.fftfreq(side, device=sigma.device)
    across = torch.fft.rfftfreq(side, device=sigma.device)
    squared = down[:, None] ** 2 + across[None, :] ** 2
    response: Tensor = torch.exp(-2 * (torch.pi * sigma[:, None, None]) ** 2 * squared)
    return response


def blurred(windows: Tensor, sigma: Tensor, stride: int = 1) -> Tensor:
    """Gaussian blur of (B, N, S, S) windows by sigma (B,) pixels, at every so many; the border wraps around.

    One axis after the other, each a product with rows of a circulant: where the stride is wide, faster than
    a transform.
    """
    side = windows.shape[-1]
    across = torch.fft.rfftfreq(side, device=sigma.device)
    taps = torch.fft.irfft(torch.exp(-2 * (torch.pi * sigma[:, None] * across) ** 2), n=side)
    at = torch.arange(side, device=sigma.device)
    rows = taps[:, (at[::stride, None] - at) % side][:, None]
    found: Tensor = rows @ windows @ rows.mT
    return found


def band(windows: Tensor, sigma: Tensor) -> Tensor:
    """Difference of Gaussians of sigma and 2 sigma (B,) pixels of (B, N, S, S) windows.

    Its gain is e^-u - e^-4u with u = 2 (pi sigma f)^2: it peaks at f = 0.153 / sigma cycles per pixel, where
    it is 0.472, and is half of that at 0.07 / sigma and 0.27 / sigma; constants vanish.
    """
    return bands(windows, (sigma,))[0]


def bands(windows: Tensor, sigmas: Sequence[Tensor]) -> list[Tensor]:
    """`band` of the same windows at each of the sigmas (B,), from one transform."""
    side, transform = windows.shape[-1], torch.fft.rfft2(windows)
    passed = [gaussian_response(side, each) - gaussian_response(side, 2 * each) for each in sigmas]
    return [torch.fft.irfft2(transform * each[:, None], s=(side, side)) for each in passed]


def periodogram(tiles: Tensor) -> Tensor:
    """Power at each frequency of (..., S, S) squares, less their plane: (..., S, S // 2 + 1).

    Under a Hann window, and scaled so that white noise of variance v reads v at every frequency. The lowest
    frequency and a half of the next are lost with the plane.
    """
    side = tiles.shape[-1]
    hann = torch.hann_window(side, dtype=tiles.dtype, device=tiles.device)
    ramp = torch.linspace(-1, 1, side, dtype=tiles.dtype, device=tiles.device)
    steep = ramp / (ramp**2).mean()
    across, down = (tiles * steep).mean((-2, -1)), (tiles * steep[:, None]).mean((-2, -1))
    plane = across[..., None, None] * ramp + down[..., None, None] * ramp[:, None]
    flat = tiles - tiles.mean((-2, -1), keepdim=True) - plane
    taper = hann[:, None] * hann
    power: Tensor = torch.fft.rfft2(flat * taper).abs() ** 2 / (taper**2).sum()
    return power


def radius(side: int, device: torch.device) -> Tensor:
    """(side, side // 2 + 1): cycles per pixel at each place of a periodogram."""
    down, across = torch.fft.fftfreq(side, device=device), torch.fft.rfftfreq(side, device=device)
    distance: Tensor = (down[:, None] ** 2 + across**2).sqrt()
    return distance


def twins(side: int, device: torch.device) -> Tensor:
    """(side // 2 + 1,): how many of a square's frequencies each column of a periodogram stands for."""
    column = torch.full((side // 2 + 1,), 2.0, device=device)
    column[0] = column[-1] = 1.0
    return column


def ring_density(power: Tensor, edges: Tensor) -> Tensor:
    """Mean power (..., K) of periodograms (..., S, S // 2 + 1) between K + 1 edges in cycles per pixel."""
    side = power.shape[-2]
    r = radius(side, power.device)
    inside = (r >= edges[:-1, None, None]) & (r < edges[1:, None, None])
    weight = inside * twins(side, power.device)
    weight = weight / weight.sum((1, 2), keepdim=True).clamp_min(1.0)
    density: Tensor = power.flatten(-2) @ weight.flatten(1).T
    return density


def band_gain(side: int, sigma: Tensor) -> Tensor:
    """(B, side, side // 2 + 1): share of the variance of white noise that `band` passes, by frequency.

    Summed over a periodogram it gives the variance that `band` leaves of a stationary noise.
    """
    response = gaussian_response(side, sigma) - gaussian_response(side, 2 * sigma)
    return response**2 * twins(side, sigma.device) / side**2
