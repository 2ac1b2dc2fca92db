from __future__ import annotations

import torch

from lightmeter.measure.light.rim_band import RimBand
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.see.regions import FaceMesh, Matte

_UPPER = 0.85
_LEAST_PLACES = 40
"""Of 1/64 face width each: 0.6 face widths of outline."""
_MOST_DOUBT = 0.5
_LEAST_WIDTH = 48


@measurement(
    unit="stop",
    bounds=(-8.0, 8.0),
    source="log2 luminance of a band inside the subject's outline over the part further inside",
    tolerance=0.25,
)
def rim_strength(rim_band: RimBand, face: FaceMesh, subject: Matte) -> PerImage:
    """How much brighter than what lies inside it the outline of head, hair and neck is, away from the key.

    The 85th percentile along the outline that the key cannot reach, so that a rim on a sixth of it counts:
    positive where a rim light is seen, 0 or less where there is none. A tenth of the lit skin's luminance is
    added to both, as black hair a little less black shows no rim, and 10 % of the background is taken off
    the band; the error is what 10 % more or less would change.
    Not measured without a face of 48 px or a subject, where less than 0.6 face widths of such an outline
    are in the frame, and where the background outshines it so that the error is over 0.5 stops.
    """
    most, value, least = (
        weighted_quantile(gain, rim_band.length, _UPPER) for gain in rim_band.gain.unbind(1)
    )
    error = ((most - least) / 2).nan_to_num()
    return (
        PerImage(value.clamp(-8, 8), error=error)
        .refusing(face.refusals)
        .refusing(subject.refusals)
        .unless(face.width < _LEAST_WIDTH, "face is {:.0f} px wide: a rim needs 48", face.width)
        .unless(
            rim_band.length.sum(1) < _LEAST_PLACES,
            "too little of the outline away from the key is in the frame",
        )
        .unless(
            error > _MOST_DOUBT,
            "the background outshines the outline: a rim there is uncertain by {:.1f} stops",
            error,
        )
    )


@overlay("rim_strength")
def rim_marks(rim_band: RimBand) -> Marks:
    """A stroke across the band at each place of the outline, apart where it is brighter than inside."""
    seen, bright = rim_band.length > 0, rim_band.gain[:, 1] > 0
    lit, dark = (
        torch.where((seen & side)[..., None, None], rim_band.strip, torch.nan) for side in (bright, ~bright)
    )
    return Marks(paths={"rim": lit, "outline without a rim": dark})
