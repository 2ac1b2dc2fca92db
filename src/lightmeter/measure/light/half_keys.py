"""Where each half of the face alone says that the key stands, under one exposure and one fill."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.constants import constant
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.see.facets import Facets
from lightmeter.see.provide import provides
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import EYE_CORNER_LEFT, EYE_CORNER_RIGHT, topology

_BRIDGE = 168
_FACETS = 200
"""The largest of a half, of some 300 with bare skin. With 100 the error under Yale B's flash doubles."""
_CLIPPED = 0.2
_DIRECTIONS = 80
"""Some 18 degrees apart; what is believed lies between them, and 60 to 120 read alike."""
_BEHIND = -0.3
_RATIOS = (0.0, 1.0, 2.0, 4.0)
_LEVELS = (-0.4, -0.1, 0.2, 0.6, 1.2)
"""Stops of a facet that faces the key over the face's 90th percentile: above 0 where none faces it."""
_FLOOR = 0.02
_SHADOW_CAP = 1.0
_LIGHT_CAP = 4.0
_LIKENESS = 30.0
"""Independent samples that a half of a face is worth: neighbouring facets err alike. Under Yale B's single
flash it makes the spread what a half is off (15 degrees, median); 20 to 50 rank pictures alike."""
_MODEL = 0.02
"""Stops squared that no model of light explains even on the best of faces."""
_LEAST_STOPS = 0.5
"""Of key over fill, coarsely; as `key_light` has it."""
_EXPLAINED = 1.2
"""Misfit of fill alone over that of a key: 1.1 to 1.3 rank pictures alike."""
_LEAST_SHARE = 0.2


@dataclass(frozen=True)
class HalfKeys:
    """Image-left half first. direction: (B, 2, 3) unit; spread: (B, 2) degrees, root mean square of what is
    believed about it; known: (B, 2) enough skin, and a key to speak of."""

    direction: Tensor
    spread: Tensor
    known: Tensor


@provides
def half_keys(facets: Facets, face: FaceMesh) -> HalfKeys:
    """Weigh every direction of the key by how well it explains the shading of one half of the face.

    E = max(0, n.l) + 2^-k ((1 + n_z) / 2)^1.5, a far key and a large fill around the camera, in stops, with
    what is darker than the model saturating early: cast shadows. The halves share skin, exposure and the
    ratio k, over which is summed, but not l: a half in the dark says that the key is beyond the nose.
    Neither half has a direction where fill alone explains the face. Invariant to exposure; a mirror swaps
    the halves. The same light as `lightmeter.optics.shading`'s, searched for two halves at once.
    """
    stops, normal, weight, enough = _halves(facets, face)
    towards, ratio, level = _grid(stops.device)
    cost = _costs(stops, normal, weight, towards, ratio, level)
    best = cost.amin((2, 3, 4), keepdim=True)
    belief = torch.exp(-_LIKENESS / 2 * (cost - best) / (best + _MODEL))
    # Level and ratio are believed as far as the other half does, whatever its direction.
    belief = belief * belief.sum(2).flip(1)[:, :, None]
    belief = belief / belief.sum((2, 3, 4), keepdim=True).clamp_min(1e-30)
    mean = torch.einsum("bhdkl,dc->bhc", belief, towards)
    length = mean.norm(dim=2).clamp(1e-6, 1)
    # For a narrow belief 1 - length is half its mean square angle.
    spread = torch.rad2deg((2 * (1 - length)).sqrt())
    keyed = torch.einsum("bhdkl,k->bh", belief, ratio) >= _LEAST_STOPS
    explained = _fill_alone(stops, normal, weight) > _EXPLAINED * best.sum((1, 2, 3, 4))
    return HalfKeys(mean / length[..., None], spread, enough & keyed & explained[:, None])


def _costs(
    stops: Tensor, normal: Tensor, weight: Tensor, towards: Tensor, ratio: Tensor, level: Tensor
) -> Tensor:
    """(B, 2, D, K, L) robust mean square, in stops squared, of each half under each light."""
    key = torch.einsum("bhfc,dc->bhdf", normal, towards).clamp_min(0)[:, :, :, None]
    fill = _fill(normal)[:, :, None, None] * torch.exp2(-ratio)[:, None]
    residual = (stops[:, :, None, None] - torch.log2(key + fill + _FLOOR))[:, :, :, :, None] - level[:, None]
    cost = _robust(residual)
    return (cost.flatten(2, 4) @ weight[..., None]).view(cost.shape[:-1])


def _fill_alone(stops: Tensor, normal: Tensor, weight: Tensor) -> Tensor:
    """(B,) the same, summed over the halves, of a face under nothing but its fill."""
    residual = stops - torch.log2(_fill(normal) + _FLOOR)
    middle = weighted_quantile(residual.flatten(1), weight.flatten(1), 0.5)[:, None, None]
    return (weight * _robust(residual - middle)).sum((1, 2))


def _fill(normal: Tensor) -> Tensor:
    return ((1 + normal[..., 2]) / 2) ** 1.5


def _robust(residual: Tensor) -> Tensor:
    """Geman-McClure's, with its own cap on either side of the model."""
    lopsided = F.leaky_relu(residual, (_LIGHT_CAP / _SHADOW_CAP) ** 0.5).square_().div_(_LIGHT_CAP).add_(1)
    return residual.square().div_(lopsided)


def _halves(facets: Facets, face: FaceMesh) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """stops (B, 2, N), normal (B, 2, N, 3) and weight (B, 2, N), summing to 1, of each half's largest facets;
    whether there is enough skin (B, 2)."""
    weight = facets.skin * (facets.clipped < _CLIPPED)
    left = (_across(face) < 0)[:, None]
    halves = weight[:, None] * torch.cat((left, ~left), dim=1)
    enough = halves.sum(2) > _LEAST_SHARE * weight.sum(1, keepdim=True).clamp_min(1e-9)
    bright = weighted_quantile(facets.luminance, weight, 0.9)[:, None].clamp_min(1e-9)
    stops = torch.log2(facets.luminance / bright + _FLOOR)
    chosen, index = halves.topk(_FACETS, dim=2)
    normal = facets.normal[:, None].expand(-1, 2, -1, -1).gather(2, index[..., None].expand(-1, -1, -1, 3))
    share = chosen / chosen.sum(2, keepdim=True).clamp_min(1e-9)
    return stops[:, None].expand(-1, 2, -1).gather(2, index).nan_to_num(), normal, share, enough


def _across(face: FaceMesh) -> Tensor:
    """(B, F) how far each triangle lies to the image's right of the plane that halves the head."""
    points = face.points[:, :468].nan_to_num()
    level = points[:, EYE_CORNER_RIGHT] - points[:, EYE_CORNER_LEFT]
    centre = points[:, topology(points.device).triangles].mean(2)
    return ((centre - points[:, _BRIDGE, None]) * level[:, None]).sum(2)


@lru_cache(maxsize=16)
def _grid(device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Directions (D, 3), symmetric about the plane x = 0, ratios (K,) and levels (L,) in stops."""
    i = torch.arange(_DIRECTIONS // 2, dtype=torch.float64) + 0.5
    z = 1 - i / (_DIRECTIONS // 2) * (1 - _BEHIND)
    turn = torch.pi * (1 + 5**0.5) * i
    level = torch.sqrt(1 - z**2)
    half = torch.stack((level * torch.cos(turn), level * torch.sin(turn), z), dim=1)
    towards = torch.cat((half, half * constant((-1.0, 1.0, 1.0), half))).float()
    return towards.to(device), torch.tensor(_RATIOS, device=device), torch.tensor(_LEVELS, device=device)
