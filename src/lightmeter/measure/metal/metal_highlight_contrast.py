from __future__ import annotations

import torch

from lightmeter.measure.metal.metal_lobes import MetalLobes
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.metal import Metal

_FLOOR = 0.001
"""Linear, added to both: black that is a little less black is no highlight."""


@measurement(
    unit="stop",
    bounds=(0.0, 12.0),
    source="log2 of the 98th over the 50th percentile of luminance over what may be metal",
    tolerance=0.6,
)
def metal_highlight_contrast(metal_lobes: MetalLobes) -> PerImage:
    """How far highlights stand above the body: a mirror shows lamp and dark room, paint only itself.

    Matte jewellery on a lit person reads about 1 stop, glossy plastic 1 to 2, polished metal 2 to 5; a
    clipped highlight is at least as bright as it reads. The body of an earring, ring or watch is at most 4
    stops below its highlights: hair behind it is no body. Not measured where neither jewellery nor an object
    is found, and where it is so bright that no highlight could be seen, as in a light tent.
    """
    body, top = metal_lobes.level[:, 1], metal_lobes.level[:, 4]
    value = torch.log2((top + _FLOOR) / (body + _FLOOR)).clamp(0, 12)
    return PerImage(value).refusing(metal_lobes.found)


@overlay("metal_highlight_contrast", "metal_highlight_tint", "metal_plausibility", "metal_share")
def metal_marks(linear: torch.Tensor, metal: Metal, metal_lobes: MetalLobes) -> Marks:
    """What may be metal, and where it is brighter than a matte body could be."""
    areas = {"jewellery or object": metal.alpha, "highlight": metal_lobes.highlight}
    return Marks(areas={name: metal.to_frame(each, linear) for name, each in areas.items()})
