from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.measure.metal.metal_highlights import MetalHighlights
from lightmeter.measure.metal.metal_lobes import MetalLobes
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.transfer import luminance
from lightmeter.see.metal import Metal

_LEVELS = 12
_MOST = 1.0
"""Stops over a matte body up to which contours are followed: a clipped top has none of its own."""
_LEAST = 24
"""Pixels of highlight: fewer have no shape."""


@measurement(
    unit="ratio",
    bounds=(0.0, 1000.0),
    source="isoperimetric ratio of the highlights' contours, perimeter squared over 4 pi area, by body",
    tolerance=1.0,
    rescale="free",
)
def metal_highlight_breakup(
    metal: Metal, metal_lobes: MetalLobes, metal_highlights: MetalHighlights
) -> PerImage:
    """Into how many round pieces the highlight of a link, or of an object, is broken up.

    A round lobe is 1; a hammered sheet of n like facets, which mirror the light once each, is n; scratches,
    which draw it out, are more than 1, too. Contours at 12 levels from a matte body's brightest to a stop
    over it, squared over what circles as large would have. By the number of links or beads of jewellery,
    0.05 face widths apart or more; an object without a person is one. Finer than a hundredth of a face
    width nothing is seen. Not measured where neither jewellery nor an object is found, it is so bright that
    no highlight could be seen, or under 24 pixels outshine a matte body.
    """
    stops = torch.log2(luminance(metal.linear).clamp_min(1e-4))
    over = stops - torch.log2(metal_lobes.matte)[:, None, None, None]
    lit = metal_lobes.highlight.sum((1, 2, 3))
    contours = _length(F.pad(metal.alpha * over.clamp(0, _MOST), (2, 2, 2, 2)))
    level = (torch.arange(_LEVELS, device=over.device) + 0.5) * _MOST / _LEVELS
    areas = torch.stack([(metal.alpha * (over > each)).sum((1, 2, 3)) for each in level.unbind()], dim=1)
    circles = (2 * (math.pi * areas).sqrt()).sum(1) * _MOST / _LEVELS
    value = (contours / circles.clamp_min(1e-6)).square() / metal_highlights.bodies
    return (
        PerImage(value.clamp(0, 1000))
        .refusing(metal_lobes.found)
        .unless(lit < _LEAST, "{:.0f} pixels of highlight have no shape: 24 are needed", lit)
    )


def _length(height: Tensor) -> Tensor:
    """(B,) total variation of a height (B, 1, R, C): the length of its contours over all its levels."""
    across = (height[..., 1:-1, 2:] - height[..., 1:-1, :-2]) / 2
    down = (height[..., 2:, 1:-1] - height[..., :-2, 1:-1]) / 2
    return torch.hypot(across, down).sum((1, 2, 3))
