from __future__ import annotations

from lightmeter.measure.background.backdrop import Backdrop
from lightmeter.measure.light.beam import Beam, outside_haze
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.see.provide import Refusal

_LEAST = 0.01


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="95th percentile of the backdrop's Rec. 709 luminance, the beam's haze left out",
    tolerance=0.02,
    exposure="free",
)
def background_beyond_beam(backdrop: Backdrop, beam: Beam) -> PerImage:
    """How bright the backdrop is at its brightest where no beam shines through the air before it.

    0 is black. Haze along the axis of a beam is light and not dirt, and is left out; where there is none,
    the whole backdrop counts. Not measured where the background is unknown or under 2 % of the frame, and
    where haze leaves less than 1 % of the frame.
    """
    share = backdrop.share * outside_haze(beam, backdrop)
    value = weighted_quantile(luminance(backdrop.linear).flatten(1), share.flatten(1), 0.95)
    hidden = Refusal(share.mean((1, 2, 3)) < _LEAST, "haze covers nearly all of the backdrop")
    return PerImage(value.clamp_max(1.0)).refusing((*backdrop.refusals, hidden))


@overlay("background_beyond_beam")
def haze_left_out(backdrop: Backdrop, beam: Beam) -> Marks:
    """The backdrop outside the beam's haze, which is what counts."""
    seen = (backdrop.share * outside_haze(beam, backdrop) > 0.5).float()
    return Marks(areas={"backdrop beyond the beam": seen})
