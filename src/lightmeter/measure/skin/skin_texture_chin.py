from __future__ import annotations

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.measure.skin.pore_band import CHIN, LEAST_PLACE, PoreBand


@measurement(
    unit="%",
    bounds=(0.0, 200.0),
    source="as skin_texture, of one region",
    tolerance=0.4,
    rescale="free",
)
def skin_texture_chin(pore_band: PoreBand) -> PerImage:
    """`skin_texture` of the chin alone.

    Not measured where `skin_texture` is not, nor where less than a tenth of a disc of 0.15 face widths
    is lit skin that faces the camera.
    """
    return pore_band.measured(CHIN, LEAST_PLACE)
