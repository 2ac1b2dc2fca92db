from __future__ import annotations

import math

from lightmeter.measure.metal.metal_highlights import MetalHighlights
from lightmeter.measure.metal.metal_lobes import MetalLobes
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.statistics import weighted_quantile


@measurement(
    unit="%",
    bounds=(0.0, 300.0),
    source="diameter of a circle as large as the median of the separate highlights",
    tolerance=1.5,
)
def metal_highlight_size(metal_lobes: MetalLobes, metal_highlights: MetalHighlights) -> PerImage:
    """How large the highlights of what may be metal are, in percent of the face's width.

    Median over highlights of the diameter of a circle as large. Polish makes them small, a rough surface and
    a large light make them wide; a satin link is one highlight. Without a face, in percent of a third of the
    frame's long side. Not measured where neither jewellery nor an object is found, it is so bright that no
    highlight could be seen, or nothing on it outshines a matte body.
    """
    area = metal_highlights.area
    median = weighted_quantile(area, (area > 0).float(), 0.5)
    value = 100 * (4 / math.pi * median.nan_to_num().clamp_min(0)).sqrt()
    return (
        PerImage(value)
        .refusing(metal_lobes.found)
        .unless(metal_highlights.count < 1, "nothing on what may be metal outshines a matte body")
    )
