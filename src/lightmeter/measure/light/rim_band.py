"""The subject's outline and the light just inside it: what `rim_strength` reads from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.measure.light.key_light import KeyLight
from lightmeter.optics.constants import constant
from lightmeter.optics.edges import gaussian
from lightmeter.optics.filters import spread
from lightmeter.optics.geometry import length, unit
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.optics.upright import View, in_frame, resampled_each, upright
from lightmeter.see.facets import Facets
from lightmeter.see.provide import provides
from lightmeter.see.regions import FaceMesh, Matte

VIEW = View(side=64, columns=176, rows=176, middle=0.0)
"""1.4 face widths around the face: head, hair and neck, little of the clothes."""
_COUNT = 768
_SURE = 0.95
_SMOOTH = 0.03
"""Face widths of blur of the outline, so that it has a direction."""
_BAND, _INSIDE, _OUTSIDE = (0.01, 0.03), (0.06, 0.12), (-0.08, -0.05)
_MOSTLY = 0.9
_SAMPLES = 4
_ALONG = (-0.05, -0.025, 0.0, 0.025, 0.05)
"""Face widths along the outline that each place is the mean of: single strands and stitches are shorter."""
_KEY_REACHES = 0.3
"""Cosine to the key at which the outline, facing sideways, is the key's own: 0, and 17 degrees of doubt."""
_GLARE = 0.1
"""Of the lit skin's luminance, added to both sides: dark hair at a hundredth of it that is twice as bright at
the outline shows no rim. From 0.05 to 0.4 labelled rims are told as well."""
_LEAKS = (0.0, 0.1, 0.2)
"""Share of what the background is over the inside that may shine through the matte's edge into the band."""


@dataclass(frozen=True)
class RimBand:
    """Places along the outline, N = 768 an image.

    gain: (B, 3, N) stops of the band over what lies further inside, if none, 0.1 or 0.2 of the background
    shines through. length: (B, N) 1 where the outline is in sight and the key cannot reach it, else 0.
    strip: (B, N, 2, 2) frame pixels of the band's outer and inner end.
    """

    gain: Tensor
    length: Tensor
    strip: Tensor


@provides
def rim_band(
    linear: Tensor,
    face: FaceMesh,
    facets: Facets,
    subject: Matte,
    skin: Matte,
    hair: Matte,
    key_light: KeyLight,
) -> RimBand:
    """Compare the outline's light with the light further inside, along its normal.

    linear: (B, 3, H, W). The band is 0.01 to 0.03 face widths inside of where the subject covers all; the
    inside 0.06 to 0.12, of skin or hair: clothes, hats and headphones have borders of their own. Without a
    direction of the key all of the outline is looked at.
    """
    plane = upright(face.points, face.width)
    seen = resampled_each((luminance(linear), subject.alpha, skin.alpha + hair.alpha), plane, VIEW)
    solid, body = (seen[1] > _SURE).float(), seen[2]
    place, inward, found = _outline(solid, gaussian(solid, _SMOOTH * VIEW.side))
    for reach in (_OUTSIDE[0], _INSIDE[1]):
        found = found & in_frame(linear, plane, place + reach * inward, 0.0)
    found = found & (_mean(solid * body, place, inward, _INSIDE) > _MOSTLY) & face.present[:, None]
    unlit = _faces_key(-inward, plane.across, plane.up, key_light) < _KEY_REACHES
    lit = weighted_quantile(facets.luminance, facets.skin, 0.9).nan_to_num(1.0).clamp_min(1e-6)
    bright = seen[0] / lit[:, None, None, None]
    band, inside, outside = (_mean(bright, place, inward, reach) for reach in (_BAND, _INSIDE, _OUTSIDE))
    leak = torch.stack([share * (outside - inside).clamp_min(0) for share in _LEAKS], dim=1)
    own = (band[:, None] - leak).clamp_min(0)
    gain = torch.log2((own + _GLARE) / (inside + _GLARE)[:, None])
    strip = torch.stack([place + reach * inward for reach in _BAND], dim=2)
    return RimBand(gain, (found & unlit).float(), plane.to_frame(strip))


def _outline(solid: Tensor, smooth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Where the subject ends: places (B, N, 2) in face widths, inward normals, and whether there is one."""
    inside = smooth > 0.5
    edge = (inside & spread(~inside, 1)).flatten(1)
    order = torch.arange(edge.shape[1], 0, -1, device=edge.device) / edge.shape[1]
    score, index = torch.where(edge, order, 0.0).topk(_COUNT, dim=1)
    across = F.pad(smooth[..., 2:] - smooth[..., :-2], (1, 1))
    up = F.pad(smooth[..., :-2, :] - smooth[..., 2:, :], (0, 0, 1, 1))
    gather = index[:, None]
    slope = torch.cat((across, up), 1).flatten(2).gather(2, gather.expand(-1, 2, -1)).mT * VIEW.side / 2
    over = smooth.flatten(2).gather(2, gather)[:, 0] - 0.5
    inward = unit(slope, 2)
    back = (over / length(slope, 2).clamp_min(1e-6)).clamp(0, 1.5 / VIEW.side)
    places = VIEW.places(solid).flatten(1, 2).expand(len(solid), -1, -1)
    place = places.gather(1, index[..., None].expand(-1, -1, 2)) - back[..., None] * inward
    return place, inward, score > 0


def _mean(raster: Tensor, place: Tensor, inward: Tensor, reach: tuple[float, float]) -> Tensor:
    """(B, N) means of a raster over depths `reach` face widths inward and over a stretch of the outline."""
    depth = torch.linspace(*reach, _SAMPLES, device=place.device)[:, None, None]
    along = constant(tuple(_ALONG), place)[None, :, None]
    tangent = torch.stack((-inward[..., 1], inward[..., 0]), dim=2)
    patch = depth * inward[:, :, None, None] + along * tangent[:, :, None, None]
    spots = (place[:, :, None, None] + patch).flatten(2, 3)
    return VIEW.sampled(raster, spots)[:, 0].mean(2)


def _faces_key(outward: Tensor, across: Tensor, up: Tensor, key_light: KeyLight) -> Tensor:
    """(B, N) cosine of the key to the outline's normals, which lie in the picture; 0 without a direction."""
    frame = key_light.fit.direction[:, :2] * constant((1.0, -1.0), across)
    key = torch.stack([(frame * axis).sum(1) for axis in (across, up)], dim=1)
    for refusal in (*key_light.undirected, *key_light.refusals):
        key = key * ~refusal.when[:, None]
    return (outward * key[:, None]).sum(2)
