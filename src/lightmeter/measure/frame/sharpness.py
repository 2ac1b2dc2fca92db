from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.transfer import luminance

_FAR = 8
_STRONGEST = 0.999
_LEAST = 0.01
"""What counts as an edge, as a share of the brightest pixel, so that exposure does not decide."""


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="steepest one-pixel step over steepest eight-pixel step of luminance: the slope of the best edge",
    tolerance=0.05,
    rescale="free",
)
def sharpness(linear: Tensor) -> PerImage:
    """How much of the strongest edges happens within one pixel of the frame.

    1 for a hard step, erf(1 / (2 sqrt(2) s)) / erf(8 / (2 sqrt(2) s)) for an edge blurred by a Gaussian of
    s pixels. The 99.9th percentile of steps stands for the strongest. Not measured on an even picture.
    """
    bright = luminance(linear)
    near, far = (_strongest(bright, distance) for distance in (1, _FAR))
    even = ~(far > _LEAST * bright.amax((1, 2, 3)))
    return PerImage((near / far).clamp(max=1.0)).unless(even, "the picture has no edges")


def _strongest(bright: Tensor, distance: int) -> Tensor:
    """(B,) the 99.9th percentile of luminance steps over a distance, the larger of both directions."""
    across = (bright[..., distance:] - bright[..., :-distance]).abs().flatten(1)
    down = (bright[..., distance:, :] - bright[..., :-distance, :]).abs().flatten(1)
    return torch.maximum(_upper(across), _upper(down))


def _upper(steps: Tensor) -> Tensor:
    most = max(1, round(steps.shape[1] * (1 - _STRONGEST)))
    return steps.topk(most, dim=1).values[:, -1]
