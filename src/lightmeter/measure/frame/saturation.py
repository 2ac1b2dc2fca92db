from __future__ import annotations

from torch import Tensor

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.colour import lab
from lightmeter.optics.geometry import length

_STRIDE = 4


@measurement(
    unit="ratio",
    bounds=(0.0, 2.0),
    source="mean CIE Lab chroma over 100",
    tolerance=0.01,
    exposure="free",
)
def saturation(linear: Tensor) -> PerImage:
    """Mean chroma of the picture over 100: 0 for black and white, 1.34 for a field of pure sRGB blue.

    Read on every fourth pixel of the frame both ways. Always measured.
    """
    colour = lab(linear[..., ::_STRIDE, ::_STRIDE])
    return PerImage(length(colour[:, 1:], 1).mean((1, 2)) / 100)
