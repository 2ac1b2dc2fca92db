from __future__ import annotations

import torch

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.see.facets import Facets


@measurement(
    unit="stop",
    bounds=(0.0, 16.0),
    source="log2 of the 90th over the 10th percentile of facial skin luminance",
    tolerance=0.1,
)
def face_contrast(facets: Facets) -> PerImage:
    """How many stops of light lie across the skin of the face.

    Lips, eyes, brows and the outline are left out, so that make-up and hair do not count; each facet
    counts by the area it shows. Not measured without a face.
    """
    bright = facets.luminance.clamp_min(1e-5)
    high, low = (weighted_quantile(bright, facets.skin, q) for q in (0.9, 0.1))
    return PerImage(torch.log2(high / low)).refusing(facets.refusals)
