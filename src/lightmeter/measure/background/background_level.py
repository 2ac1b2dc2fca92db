from __future__ import annotations

from lightmeter.measure.background.backdrop import Backdrop
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.transfer import luminance


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="Rec. 709 luminance of the median background",
    tolerance=0.005,
    exposure="free",
)
def background_level(backdrop: Backdrop) -> PerImage:
    """Linear luminance of the backdrop: black is 0, white is 1, the grey card is 0.18.

    Not measured where the background is unknown or under 2 % of the frame. Scales with exposure.
    """
    return PerImage(luminance(backdrop.median)[:, 0, 0, 0]).refusing(backdrop.refusals)
