"""Windows on skin, and its contrast in any band of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.optics.filters import shrink
from lightmeter.optics.spectrum import bands, blurred
from lightmeter.optics.statistics import median
from lightmeter.optics.transfer import encoded_from_linear, luminance
from lightmeter.see.patches import SkinPatches
from lightmeter.see.provide import provides

STRIDE = 4
"""Pixels of a window along those that local power is read at."""


@dataclass(frozen=True)
class SkinWindows:
    """The N windows as they are read in any band, G = S / 4.

    light: (B, N, S, S) linear luminance. bare: (B, N, S, S) 1 on lit, unclipped skin, 0 elsewhere.
    steep: (B, N, G, G) squared slope of log luminance over gamma-coded luma. width: (B,) pixels across the
    face.
    """

    light: Tensor
    bare: Tensor
    steep: Tensor
    width: Tensor


@provides
def skin_windows(broad_patches: SkinPatches) -> SkinWindows:
    """Luminance of the broad patches, less shadows and clipping."""
    light = luminance(broad_patches.linear.flatten(0, 1))[:, 0].reshape(broad_patches.bare.shape)
    code = encoded_from_linear(light[..., ::STRIDE, ::STRIDE])
    # d log L / d code of the sRGB curve.
    steep = (2.4 / (code + 0.055)) ** 2
    return SkinWindows(light, _lit(light, broad_patches.bare), steep, broad_patches.face_width)


def local_power(windows: SkinWindows, sigma: Tensor) -> Tensor:
    """(B, N, G, G): variance of log luminance in a band of sigma (B,) pixels, averaged over 6 sigma."""
    return local_powers(windows, (sigma,))[0]


def local_powers(windows: SkinWindows, sigmas: Sequence[Tensor]) -> list[Tensor]:
    """`local_power` in several bands, of sigma (B,) pixels each."""
    found = bands(torch.log(windows.light.clamp_min(1e-4)), sigmas)
    return [_averaged(windows, each, sigma) for each, sigma in zip(found, sigmas, strict=True)]


def _averaged(windows: SkinWindows, signal: Tensor, sigma: Tensor) -> Tensor:
    bare = windows.bare * inner(signal.shape[-1], sigma)
    energy, weight = (blurred(each, 6 * sigma, STRIDE) for each in (signal.square() * bare, bare))
    return energy.clamp_min(0) / weight.clamp_min(1e-3)


def inner(side: int, sigma: Tensor) -> Tensor:
    """(B, 1, S, S): 1 less the border that filters of sigma (B,) wrap around."""
    edge = torch.arange(side, device=sigma.device)
    edge = torch.minimum(edge, side - 1 - edge)[None] >= 4 * sigma[:, None]
    return (edge[:, None, :] & edge[:, :, None])[:, None].float()


def _lit(bright: Tensor, bare: Tensor) -> Tensor:
    """Bare skin (B, N, S, S) less shadows and clipping."""
    some = slice(None, None, STRIDE)
    typical = median(bright[..., some, some].flatten(1), bare[..., some, some].flatten(1))
    lit = (bright > 0.3 * typical.nan_to_num(0.0)[:, None, None, None]) & (bright < 0.95)
    return shrink((bare > 0) & lit, 2).float()
