from __future__ import annotations

import torch

from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.filters import spread
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.see.metal import Metal
from lightmeter.see.metal_places import VIEW

_EDGE, _NEAR, _FAR = 0.015, 0.06, 0.18
"""Face widths from the metal at which its blurred edge, its shadow's band and the open skin's band end."""
_LEAST = 60
_FLOOR = 0.002


@measurement(
    unit="stop",
    bounds=(-4.0, 8.0),
    source="log2 luminance of open skin over the darkest quarter of the skin beside the jewellery",
    tolerance=0.25,
)
def metal_contact_shadow(metal: Metal) -> PerImage:
    """How much darker skin is right beside the jewellery than further off: what lies there shades it.

    The 12th percentile within 0.06 face widths against the median from there to 0.18, so that a shadow on
    one side counts; near 0 for what floats or is painted on. Folds and hair beside it count, too.
    Not measured where no jewellery on bare skin is found, or under 60 cells of skin are on either band.
    """
    near, far = _bands(metal)
    stops = torch.log2(luminance(metal.linear) + _FLOOR).flatten(1)
    dark = weighted_quantile(stops, near.flatten(1), 0.125)
    open_ = weighted_quantile(stops, far.flatten(1), 0.5)
    least = torch.minimum(near.sum((1, 2, 3)), far.sum((1, 2, 3)))
    return (
        PerImage((open_ - dark).clamp(-4, 8))
        .refusing(metal.refusals)
        .unless(~metal.face, "no face: it lies on nobody's skin")
        .unless(least < _LEAST, "only {:.0f} cells of skin are beside the jewellery: 60 are needed", least)
    )


def _bands(metal: Metal) -> tuple[torch.Tensor, torch.Tensor]:
    """Bare skin beside the metal and further off, each (B, 1, R, C) 1 or 0."""
    edge, near, far = (spread(metal.alpha, round(reach * VIEW.side)) for reach in (_EDGE, _NEAR, _FAR))
    return metal.skin * (near - edge), metal.skin * (far - near)


@overlay("metal_contact_shadow")
def contact_marks(linear: torch.Tensor, metal: Metal) -> Marks:
    """The skin beside the jewellery, and the open skin that it is compared with."""
    near, far = _bands(metal)
    shown = {"skin beside the jewellery": near, "open skin": far}
    return Marks(areas={name: metal.to_frame(each, linear) for name, each in shown.items()})
