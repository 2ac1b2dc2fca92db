from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.spectrum import band, blurred
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.see.patches import SkinPatches

_PORES = 300
"""Face width over the band's smaller sigma: the band is 20 to 80 cycles per face width."""

_LEAST_WIDTH = 160
_LEAST_SKIN = 1000
_STRIDE = 4
_EVEN = 0.25


@measurement(
    unit="%",
    bounds=(0.0, 200.0),
    source="RMS contrast (Peli 1990) of a difference of Gaussians of log luminance on native pixels",
    tolerance=0.25,
    rescale="free",
)
def skin_texture(skin_patches: SkinPatches) -> PerImage:
    """RMS contrast of skin at 20 to 80 cycles per face width, in percent of its luminance.

    The lower quartile over places: most skin of a face is even, and wrinkles, hairs and edges, which
    only add, stay out of it. A band of log luminance knows neither exposure nor skin tone nor smooth
    light. Not measured without a face, on one under 160 native pixels (80 cycles are then its Nyquist
    limit), and where under 1000 pixels of lit skin face the camera. Film grain and codec noise still count.
    """
    bright = _luminance(skin_patches.linear)
    sigma = (skin_patches.face_width.nan_to_num(_LEAST_WIDTH) / _PORES).clamp(0.4, 8.0)
    bare = _trusted(bright, skin_patches.bare, sigma)
    energy = band(torch.log(bright.clamp_min(1e-4)), sigma) ** 2 * bare
    reach = 6 * sigma
    local = blurred(energy, reach).clamp_min(0) / blurred(bare, reach).clamp_min(1e-3)
    rms = local.sqrt()[..., ::_STRIDE, ::_STRIDE].flatten(1)
    value = 100 * weighted_quantile(rms, bare[..., ::_STRIDE, ::_STRIDE].flatten(1), _EVEN)
    width, skin = skin_patches.face_width, bare.sum((1, 2, 3))
    return (
        PerImage(value)
        .refusing(skin_patches.refusals)
        .unless(width < _LEAST_WIDTH, f"face is {{:.0f}} px wide: pores need {_LEAST_WIDTH}", width)
        .unless(
            skin < _LEAST_SKIN, f"{{:.0f}} px of lit skin face the camera: {_LEAST_SKIN} are needed", skin
        )
    )


def _luminance(linear: Tensor) -> Tensor:
    """(B, N, S, S) from (B, N, 3, S, S)."""
    return luminance(linear.flatten(0, 1))[:, 0].reshape(*linear.shape[:2], *linear.shape[3:])


def _trusted(bright: Tensor, bare: Tensor, sigma: Tensor) -> Tensor:
    """Bare skin (B, N, S, S) less shadows, clipping, and the border that the filter wraps around."""
    median = weighted_quantile(bright.flatten(1), bare.flatten(1), 0.5).nan_to_num(0.0)[:, None, None, None]
    lit = (bright > 0.3 * median) & (bright < 0.95)
    solid = -F.max_pool2d(-bare * lit, 5, 1, 2)
    side = bare.shape[-1]
    edge = torch.arange(side, device=bare.device)
    edge = torch.minimum(edge, side - 1 - edge)[None] >= 4 * sigma[:, None]
    return solid * (edge[:, None, :] & edge[:, :, None])[:, None]
