from __future__ import annotations

from torch import Tensor

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.colour import delta_e00, lab
from lightmeter.see.regions import Matte

_WITHIN = 2.0
_STRIDE = 2


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="share of background pixels within 2 deltaE00 of the requested RGB",
    tolerance=0.02,
    exposure="free",
    rescale="free",
)
def chroma_purity(linear: Tensor, background: Matte, key_lab: Tensor) -> PerImage:
    """Share of the backdrop that a selection by the `key_colour` takes: pixels, not cells, for keys do.

    Read on every second pixel of the frame both ways. Not measured where the background is unknown or
    under 2 % of the frame, or no colour was asked for.
    """
    distance = delta_e00(lab(linear[..., ::_STRIDE, ::_STRIDE]), key_lab)
    inside = background.alpha[:, 0, ::_STRIDE, ::_STRIDE]
    share = ((distance <= _WITHIN) * inside).sum((1, 2)) / inside.sum((1, 2))
    return PerImage(share).refusing(background.refusals)
