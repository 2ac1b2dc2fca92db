from __future__ import annotations

from torch import Tensor

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.regions import Matte

_TOP = 250 / 255


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="share of the subject with a channel at 250 of 255 or above",
    tolerance=0.01,
    exposure="free",
)
def clipped_highlights(encoded: Tensor, subject: Matte) -> PerImage:
    """Share of the subject where at least one channel has no headroom left.

    Not measured where no subject is found. Rises with exposure; unmoved by a mirror.
    """
    clipped = encoded.amax(1, keepdim=True) >= _TOP
    return PerImage(subject.share(clipped)).refusing(subject.refusals)
