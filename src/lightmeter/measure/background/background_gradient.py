from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.background.fall_off import FallOff
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.filters import spread

_MARGIN = 1 / 64
"""Share of the long side that `background` keeps clear of the subject, where the backdrop is seen too."""


@measurement(
    unit="stop",
    bounds=(0.0, 10.0),
    source="log2 luminance, brightest over darkest place of a robust quadratic surface in L*",
    tolerance=0.15,
)
def background_gradient(fall_off: FallOff) -> PerImage:
    """How far the backdrop's light falls off, from its brightest to its darkest place: 0 for an even one.

    Of the smooth surface that most of the backdrop lies on, where it does: an edge, a texture or a stray
    object is none of it. Luminance below 0.002 counts as black, so a black backdrop has no gradient.
    Not measured where the background is unknown or under 2 % of the frame.
    """
    return PerImage(extent(fall_off)).refusing(fall_off.refusals)


def extent(fall_off: FallOff) -> Tensor:
    """(B,) stops between the extremes of the surface over the cells that lie on it, and up to the subject."""
    reach = max(1, round(_MARGIN * max(fall_off.held.shape[2:])))
    light, on = fall_off.light.flatten(1), spread(fall_off.held, reach).flatten(1) > 0
    most = torch.where(on, light, -torch.inf).amax(1)
    least = torch.where(on, light, torch.inf).amin(1)
    return torch.where(on.any(1), most - least, 0.0).clamp(0, 10)
