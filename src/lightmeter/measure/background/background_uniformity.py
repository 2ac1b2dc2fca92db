from __future__ import annotations

from lightmeter.measure.background.backdrop import Backdrop
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.colour import delta_e00, lab
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.surface import smooth_surface


@measurement(
    unit="deltaE00",
    bounds=(0.0, 150.0),
    source="CIEDE2000 to a robust quadratic surface in CIE Lab; 95th percentile",
    tolerance=0.5,
    exposure="free",
)
def background_uniformity(backdrop: Backdrop) -> PerImage:
    """How far the backdrop strays from one smooth surface: 0 for a seamless one, with a gradient or not.

    The 95th percentile over the background, so that a horizon, a texture or a stray object of 5 % of it
    shows. Not measured where the background is unknown or under 2 % of the frame.
    """
    colour = lab(backdrop.linear)
    distance = delta_e00(colour, smooth_surface(colour, backdrop.share))
    value = weighted_quantile(distance.flatten(1), backdrop.share.flatten(1), 0.95)
    return PerImage(value).refusing(backdrop.refusals)
