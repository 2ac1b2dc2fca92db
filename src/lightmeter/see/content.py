"""Whether a frame shows anything at all: physics, so that no network is asked about grey or noise."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.see.provide import Refusal, provides

EVEN = 0.01
"""Standard deviation of coded luminance below which there is one colour: 2.5 of 255 codes. The least of 135
AI portraits, photographs, close-ups of waste and renders is 0.034."""
_NOISE = 0.35
"""Share of the variance that is left when the long side shrinks to 32 px. Of white noise as many times fewer
as pixels are averaged, 0.03 to 0.04 (0.28 where its grains are 1/64 of the long side); of the 135 at least
0.55: neighbours in a picture are alike."""
_DEFOCUS = 0.025
"""Width of the narrowest edges over the long side. The 135 read up to 1.2 %, one 1.7 %; blurred by Gaussians
of 1 % (10 px of 1024) at least 2.7 %, of 2 % at least 4.8 %."""
_EDGE = 2.5
"""Pixels: narrower edges than this cannot be told from sharp ones in a tiny frame."""
_SIDE, _COARSE = 256, 32
_LUMA = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True)
class Content:
    """contrast: (B,) standard deviation of coded luminance. coarse: (B,) share of its variance at 1/32 of the
    long side and beyond. edge: (B,) pixels of a view of at most 256, contrast over the steepest slope."""

    contrast: Tensor
    coarse: Tensor
    edge: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def content(encoded: Tensor) -> Content:
    """What frames (B, 3, H, W), sRGB-coded, hold; refused are even ones, noise, and blur all over."""
    luma = (encoded * constant(_LUMA, encoded).view(3, 1, 1)).sum(1, keepdim=True)
    view = _reduced(luma, _SIDE)
    long_side = max(view.shape[2:])
    contrast = _variance(view).sqrt()
    coarse = _variance(_reduced(view, _COARSE)) / _variance(view).clamp_min(1e-12)
    edge = _narrowest(view)
    refusals = (
        Refusal(contrast < EVEN, "the frame is one even colour: there is no material to see"),
        Refusal(coarse < _NOISE, "the frame is noise: there is no material to see"),
        Refusal(
            edge > max(_DEFOCUS * long_side, _EDGE),
            "nothing in the frame is in focus: its narrowest edges are {:.1f} % of the long side wide",
            100 * edge / long_side,
        ),
    )
    return Content(contrast, coarse, edge, refusals)


def _variance(plane: Tensor) -> Tensor:
    return plane.flatten(1).var(1, correction=0)


def _reduced(plane: Tensor, side: int) -> Tensor:
    """(B, 1, h, w) averaged down to a long side of at most `side`."""
    scale = min(1.0, side / max(plane.shape[2:]))
    if scale == 1.0:
        return plane
    size = [max(1, round(n * scale)) for n in plane.shape[2:]]
    return F.interpolate(plane, size, mode="area")


def _narrowest(view: Tensor) -> Tensor:
    """(B,) pixels: what the contrast of the picture would take at the slope that 1 in 1000 pixels exceeds."""
    across = view[..., :-1, 1:] - view[..., :-1, :-1]
    down = view[..., 1:, :-1] - view[..., :-1, :-1]
    slope = torch.hypot(across, down).flatten(1)
    if slope.shape[1] == 0:
        return view.new_zeros(len(view))
    levels = view.flatten(1)
    contrast = levels.quantile(0.99, dim=1) - levels.quantile(0.01, dim=1)
    return contrast / slope.quantile(0.999, dim=1).clamp_min(1e-9)
