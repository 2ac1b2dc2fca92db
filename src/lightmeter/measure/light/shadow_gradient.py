from __future__ import annotations

import torch

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.statistics import least_squares, tukey, weighted_quantile
from lightmeter.see.facets import Facets

_ROUNDS = 4
_LEAST_SCALE = 0.1


@measurement(
    unit="stop/face-width",
    bounds=(0.0, 32.0),
    source="slope of the robust plane through log2 luminance over the face",
    tolerance=0.15,
)
def shadow_gradient(facets: Facets) -> PerImage:
    """How fast luminance falls across the face, smoothed to one plane: flat light is near 0.

    A frontal light falls off alike on both sides and reads near 0 too, as it should: it models nothing.
    Not measured without a face.
    """
    stops = torch.log2(facets.luminance.clamp_min(1e-5))
    place = facets.centre / facets.width.nan_to_num(1.0)[:, None, None]
    design = torch.cat((place - place.mean(1, keepdim=True), torch.ones_like(place[..., :1])), dim=2)
    weight = facets.skin
    for _ in range(_ROUNDS):
        plane = least_squares(design, stops[..., None], weight)
        residual = (stops - (design.double() @ plane)[..., 0]).float()
        scale = 1.4826 * weighted_quantile(residual.abs(), facets.skin, 0.5)
        weight = facets.skin * tukey(residual, scale.nan_to_num(1.0).clamp_min(_LEAST_SCALE)[:, None])
    slope = plane[:, :2, 0].norm(dim=1).float()
    return PerImage(torch.where(facets.skin.sum(1) > 0, slope, torch.nan)).refusing(facets.refusals)
