"""The facets whose luminance tells of light alone: skin without features, hair or texture."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache

import torch
from torch import Tensor

from lightmeter.optics.statistics import weighted_quantile
from lightmeter.see.facets import Facets, facet_texture
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import topology

_TEXTURED = 0.25
"""Stops within a facet at which it counts half. Over 83 labelled portraits the median cheek reads 0.05, nine
in ten less than 0.25; anything from 0.15 to 0.35 tells flat from modelled light equally well."""

_STEEPNESS = 4
_BLACK = 1e-5
_NOSTRILS = (79, 309, 60, 290, 166, 392, 20, 250, 75, 305)


@provides
def plain_facets(linear: Tensor, facets: Facets, face: FaceMesh) -> Facets:
    """The facets, weighted by their plain skin: what the contrast of light over a face is read from.

    Beside `facets` it leaves out lids, brows and nostrils, the whole of the lips and all that touches
    them, and fades each facet by 1 / (1 + (texture / 0.25)^4), since strands, stubble, glasses and hands
    are an edge or a texture while light on skin is smooth. Skin in shadow stays, whatever its depth: it
    is as smooth as skin in light. The edge of a shadow fades, its two sides do not. Clipped red is restored.
    """
    shown = facets.skin * plain_skin(linear.device)
    plain = shown / (1 + (facet_texture(linear, face) / _TEXTURED) ** _STEEPNESS)
    hidden = Refusal(plain.sum(1) <= 0, "no skin of the face is in sight but lips, lids and brows")
    linear = _red_restored(facets, plain)
    return replace(facets, linear=linear, skin=plain, refusals=(*facets.refusals, hidden))


def _red_restored(facets: Facets, weight: Tensor) -> Tensor:
    """(B, 3, F) linear colours; where clipped, red is at least what green implies by the skin's own hue.

    Skin is red, so that its red clips up to a stop before its green does, which alone still tells light.
    """
    red, green, blue = facets.linear.unbind(1)
    hue = weighted_quantile(red / green.clamp_min(_BLACK), weight * (facets.clipped == 0), 0.5)
    implied = torch.maximum(red, hue.nan_to_num(0.0)[:, None] * green)
    return torch.stack((torch.where(facets.clipped > 0, implied, red), green, blue), dim=1)


@lru_cache(maxsize=16)
def plain_skin(device: torch.device) -> Tensor:
    """(F,) bool: triangles that neither belong to a feature of the face nor touch one."""
    return _plain().to(device, non_blocking=True)


@cache
def _plain() -> Tensor:
    shape = topology()
    lids = _grown(_among(shape.triangles, shape.eye_left, shape.eye_right), shape.triangles)
    lips = _among(shape.triangles, shape.lips_inner)
    while not bool(_among(shape.triangles, shape.lips_outer)[lips].any()):
        lips = _grown(lips, shape.triangles)
    others = (shape.lips_outer, shape.brow_left, shape.brow_right, torch.tensor(_NOSTRILS))
    return ~(lids | lips | _among(shape.triangles, *others))


def _among(triangles: Tensor, *points: Tensor) -> Tensor:
    """(F,) bool: triangles with a corner among the points."""
    return torch.isin(triangles, torch.cat(points)).any(dim=1)


def _grown(chosen: Tensor, triangles: Tensor) -> Tensor:
    """The chosen triangles and all that touch them."""
    return _among(triangles, triangles[chosen].flatten())
