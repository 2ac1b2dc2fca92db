from __future__ import annotations

from torch import Tensor

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.regions import Matte

_BOTTOM = 5 / 255


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="share of the subject with all channels at 5 of 255 or below",
    tolerance=0.01,
    exposure="free",
)
def crushed_shadows(encoded: Tensor, subject: Matte) -> PerImage:
    """Share of the subject where no channel holds any detail.

    Not measured where no subject is found. Falls with exposure; unmoved by a mirror.
    """
    crushed = encoded.amax(1, keepdim=True) <= _BOTTOM
    return PerImage(subject.share(crushed)).refusing(subject.refusals)
