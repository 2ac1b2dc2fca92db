from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.see.facets import Facets
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import topology

_REACH = 0.05
_FAR = 100.0
"""Reaches, squared, beyond which a neighbour counts for nothing."""
_BLACK = 1e-5


@measurement(
    unit="stop",
    bounds=(0.0, 16.0),
    source="log2 of the 90th over the 10th percentile of facial skin luminance, over plain skin and smoothed",
    tolerance=0.1,
)
def face_contrast(plain_facets: Facets) -> PerImage:
    """How many stops of light lie across the skin of the face.

    Read from skin without features, hair and texture (see `plain_facets`), each facet by the area it
    shows, after smoothing over a twentieth of the face width, so that freckles, glints and make-up of
    that size do not count; blush and a beard without visible hairs still do.
    Unmoved by exposure, mirror and skin tone: a ratio of luminance, in which albedo cancels. A dark-skinned
    face under flat light reads what a fair one reads: 43 labelled flat faces at a quarter of their linear
    value move by 0.004 stop in the median, though one in ten by over 0.13, where hair nears black.
    A tone curve that raises linear light to a power scales the reading by that power; no picture tells
    its curve, so two are comparable where their curves are.
    Not measured without a face or plain skin in sight.
    """
    stops = shading(plain_facets)
    high, low = (weighted_quantile(stops, plain_facets.skin, q) for q in (0.9, 0.1))
    return PerImage(high - low).refusing(plain_facets.refusals)


def shading(facets: Facets) -> Tensor:
    """(B, F) log2 luminance, a mean under a Gaussian of 0.05 face widths and the facets' weights."""
    stops = torch.log2(facets.luminance.clamp_min(_BLACK))
    offset = facets.centre - facets.centre.mean(1, keepdim=True)
    place = offset / (_REACH * facets.width.nan_to_num(1.0)[:, None, None])
    square = place.square().sum(2)
    # Differences of squares, since distances of all pairs would cost a square root each.
    apart = square[:, :, None] + square[:, None] - 2 * place @ place.transpose(1, 2)
    # The upper clamp spares the processor denormal numbers, which are ten times slower.
    near = apart.clamp_(0.0, _FAR).mul_(-0.5).exp_() * facets.skin[:, None]
    return (near @ stops[..., None])[..., 0] / near.sum(2).clamp_min(1e-12)


@overlay("face_contrast")
def lit_and_shadowed(plain_facets: Facets, face: FaceMesh) -> Marks:
    """The tenth of the skin that is brightest and the tenth that is darkest, as outlines of facets."""
    stops, skin = shading(plain_facets), plain_facets.skin
    high, low = (weighted_quantile(stops, skin, q)[:, None] for q in (0.9, 0.1))
    triangles = topology(face.points.device).triangles
    outline = face.points[:, :, :2][:, triangles[:, [0, 1, 2, 0]]]

    def where(chosen: Tensor) -> Tensor:
        return torch.where(chosen[..., None, None] & (skin > 0)[..., None, None], outline, torch.nan)

    return Marks(paths={"brightest tenth": where(stops >= high), "darkest tenth": where(stops <= low)})
