from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.statistics import least_squares, weighted_mean, weighted_quantile
from lightmeter.see.facets import Facets

_ROUNDS = 6
_BEND = 1.345
"""Deviations at which a residual's pull stops growing: Huber's, 95 % efficient under Gauss."""
_LEAST_SCALE = 0.1
_LENGTH = 0.5


@measurement(
    unit="stop/face-width",
    bounds=(0.0, 32.0),
    source="slope of Huber's plane through log2 luminance over the plain skin of the face",
    tolerance=0.15,
)
def shadow_gradient(plain_facets: Facets) -> PerImage:
    """How fast luminance falls across the face, smoothed to one plane: flat light is near 0.

    A frontal light falls off alike on both sides and reads near 0 too, as it should: it models nothing.
    A face half in shadow is tilted by all of the shadow, while a lock of hair pulls no more than its
    share. Read from the same skin as `face_contrast`, and like it unmoved by exposure, mirror and skin
    tone and scaled by the power of a tone curve.
    Not measured without a face or plain skin in sight.
    """
    return PerImage(slope(plain_facets).norm(dim=1)).refusing(plain_facets.refusals)


def slope(facets: Facets) -> Tensor:
    """(B, 2) stops per face width that light gains to the right and down the frame."""
    stops = torch.log2(facets.luminance.clamp_min(1e-5))
    place = (facets.centre - _middle(facets)[:, None]) / facets.width.nan_to_num(1.0)[:, None, None]
    design = torch.cat((place, torch.ones_like(place[..., :1])), dim=2)
    weight = facets.skin
    for _ in range(_ROUNDS):
        plane = least_squares(design, stops[..., None], weight)
        distance = (stops - (design.double() @ plane)[..., 0]).abs().float()
        scale = 1.4826 * weighted_quantile(distance, facets.skin, 0.5)
        bend = _BEND * scale.nan_to_num(1.0).clamp_min(_LEAST_SCALE)[:, None]
        weight = facets.skin * bend / distance.clamp_min(bend)
    return plane[:, :2, 0].float()


def _middle(facets: Facets) -> Tensor:
    """(B, 2) frame pixels: the middle of the skin that is read."""
    return torch.stack(
        [weighted_mean(facets.centre[..., i], facets.skin) for i in (0, 1)], dim=1
    ).nan_to_num()


@overlay("shadow_gradient")
def towards_the_light(plain_facets: Facets) -> Marks:
    """An arrow over the middle of the face, half a face width long, up the gradient."""
    middle = _middle(plain_facets)
    reach = (
        _LENGTH / 2 * plain_facets.width[:, None] * torch.nn.functional.normalize(slope(plain_facets), dim=1)
    )
    sharp = torch.zeros_like(middle[:, :1])
    arrow = torch.cat((middle - reach, middle + reach, sharp), dim=1)[:, None]
    return Marks(arrows={"towards the light": arrow})
