from __future__ import annotations

import torch

from lightmeter.measure.metal.metal_highlights import MetalHighlights
from lightmeter.measure.metal.metal_lobes import MetalLobes
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.metal import Metal


@measurement(
    unit="count",
    bounds=(0.0, 5000.0),
    source="peaks of luminance over what a matte body could have, by steepest ascent",
    tolerance=4.0,
)
def metal_highlight_count(metal_lobes: MetalLobes, metal_highlights: MetalHighlights) -> PerImage:
    """How many separate highlights what may be metal has: a chain of metal has one on nearly each link.

    Spots under 0.02 face widths across do not count, and those as near to each other are one; without a face,
    a third of the frame's long side stands for its width. 0 where nothing outshines a matte body. Not
    measured where neither jewellery nor an object is found, and where it is so bright that no highlight
    could be seen.
    """
    return PerImage(metal_highlights.count).refusing(metal_lobes.found)


@overlay("metal_highlight_count", "metal_highlight_size", "metal_highlight_breakup")
def highlight_marks(
    linear: torch.Tensor, metal: Metal, metal_lobes: MetalLobes, metal_highlights: MetalHighlights
) -> Marks:
    """The highlights, and the peak of each."""
    peak = (metal_highlights.area > 0).float().view_as(metal.alpha)
    shown = {"highlight": metal_lobes.highlight, "its peak": peak}
    return Marks(areas={name: metal.to_frame(each, linear) for name, each in shown.items()})
