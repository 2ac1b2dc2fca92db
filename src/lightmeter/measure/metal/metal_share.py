from __future__ import annotations

from lightmeter.measure.metal.metal_lobes import MetalLobes
from lightmeter.measure.metal.metal_plausibility import metal_plausibility
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.metal import Metal


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="area of what may be metal over the subject's, by its plausibility",
    tolerance=0.02,
)
def metal_share(metal: Metal, metal_lobes: MetalLobes) -> PerImage:
    """Share of the subject that is metal: the area of what may be, times `metal_plausibility`.

    So jewellery of plastic counts little. Looked for are necklaces, earrings, and rings and watches on hands
    in sight; and, where the prompt or `things` ("glasses, brass buttons") names them, frames of glasses, what
    is on clothes, crowns and armour. Thin and matte pieces are missed, so that 0 would be a guess. Not
    measured where no subject or on a person nothing of all that is found, or where what is found is too
    bright for highlights. Compare variants whose prompts name the same things, or give `things` to all.
    """
    return PerImage(metal.share * metal_plausibility(metal_lobes).value).refusing(metal_lobes.found)
