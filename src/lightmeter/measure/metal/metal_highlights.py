"""The separate highlights of what may be metal: one on each link, bead or dimple of the hammer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.measure.metal.metal_lobes import MetalLobes
from lightmeter.optics.edges import gaussian
from lightmeter.optics.transfer import luminance
from lightmeter.see.metal import Metal
from lightmeter.see.metal_places import VIEW
from lightmeter.see.provide import provides

_FINE, _LINK = 0.008, 0.03
"""Face widths of the Gaussian that highlights are seen through: a pixel of the plane, and a link."""
_REACH = 2
"""Pixels of the plane, 0.02 face widths, that two highlights are apart at least."""
_WIDE, _TIE = 4.0, 0.01
"""Pixels of a Gaussian over the highlights, and its weight: the top of what is clipped is its middle."""
_JUMPS = 9
"""Doublings of a climb: 2 to the 9th steps, more than any highlight of the plane is long."""
_LEAST = 4
"""Pixels, a spot 0.02 face widths across: smaller ones come and go as a picture is scaled."""


@dataclass(frozen=True)
class MetalHighlights:
    """How the highlights of one region an image fall apart.

    count: (B,) separate ones. area: (B, R x C) face widths squared of each, at its peak; 0 elsewhere.
    bodies: (B,) links or beads that they lie on; 1 for an object without a person.
    """

    count: Tensor
    area: Tensor
    bodies: Tensor


@provides
def metal_highlights(metal: Metal, metal_lobes: MetalLobes) -> MetalHighlights:
    """Each pixel of highlight climbs to the brightest around it until it stands on a peak: one each."""
    stops = torch.log2(luminance(metal.linear) + 0.001)
    fine = _by_peak(stops, metal_lobes.highlight, _FINE * VIEW.side)
    links = (_by_peak(stops, metal_lobes.highlight, _LINK * VIEW.side) >= _LEAST).sum(1).float()
    kept = fine * (fine >= _LEAST)
    return MetalHighlights(
        (kept > 0).sum(1).float(),
        kept / VIEW.side**2,
        torch.where(metal.face, links, torch.ones_like(links)).clamp_min(1),
    )


def _by_peak(stops: Tensor, highlight: Tensor, sigma: float) -> Tensor:
    """(B, R x C) at each peak the pixels of highlight (B, 1, R, C) that climb to it; 0 elsewhere."""
    height = gaussian(stops, sigma) + _TIE * gaussian(highlight, _WIDE)
    height = torch.where(highlight > 0, height, -1e4)
    _, above = F.max_pool2d(height, 2 * _REACH + 1, 1, _REACH, return_indices=True)
    climb = above.flatten(1)
    for _ in range(_JUMPS):
        climb = climb.gather(1, climb)
    lit = highlight.flatten(1)
    return torch.zeros_like(lit).scatter_add(1, climb, lit)
