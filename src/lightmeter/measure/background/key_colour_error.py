from __future__ import annotations

from torch import Tensor

from lightmeter.measure.background.backdrop import Backdrop
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.colour import delta_e00, lab


@measurement(
    unit="deltaE00",
    bounds=(0.0, 150.0),
    source="CIEDE2000 (Sharma, Wu, Dalal 2005) of the median background to the requested RGB",
    tolerance=0.5,
    exposure="free",
)
def key_colour_error(backdrop: Backdrop, key_lab: Tensor) -> PerImage:
    """How far the backdrop's colour is from the `key_colour` that was asked for.

    Not measured where the background is unknown or under 2 % of the frame, or no colour was asked for.
    """
    return PerImage(delta_e00(lab(backdrop.median), key_lab)[:, 0, 0]).refusing(backdrop.refusals)
