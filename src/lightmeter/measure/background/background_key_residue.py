from __future__ import annotations

from lightmeter.measure.background.keyed import Keyed
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.statistics import weighted_mean


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="mean coverage that a CIEDE2000 key of the backdrop's median, 2 to 10, leaves of the backdrop",
    tolerance=0.03,
    exposure="free",
)
def background_key_residue(keyed: Keyed) -> PerImage:
    """How much of the backdrop a plain key of its median colour leaves standing: 0 is a clean plate.

    Not measured where the background is unknown or under 2 % of the frame.
    """
    value = weighted_mean(keyed.residue.flatten(1), keyed.share.flatten(1))
    return PerImage(value.clamp(0, 1)).refusing(keyed.refusals)
