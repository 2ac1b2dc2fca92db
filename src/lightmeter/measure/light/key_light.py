"""The key light of each face: what `key_azimuth`, `key_elevation` and `key_fill_ratio` read from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from lightmeter.optics.constants import picked
from lightmeter.optics.shading import KeyFit, fit_key
from lightmeter.see.facets import Facets
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.self_shadow import cast_shadows
from lightmeter.see.topology import topology

_CLIPPED = 0.2
_MOST_LOST = 0.5
_MOST_ERROR = 20.0
"""Degrees of standard error. Of the portraits called flat by eye 72 % are less sure, of the others 8 %; from
15 to 30 the share of right sides among the rest stays within 1 %."""

_BEHIND = -0.1
_TOP, _CHIN, _NOSE_BASE = 10, 152, 2


@dataclass(frozen=True)
class KeyLight:
    """fit: the key and fill that explain the face. undirected: why some keys have no direction to read;
    refusals: why some faces have no fit at all."""

    fit: KeyFit
    undirected: tuple[Refusal, ...]
    refusals: tuple[Refusal, ...] = ()


@provides
def key_light(facets: Facets) -> KeyLight:
    """Fit one key and a soft fill to the bare skin of each face, clipped facets left out.

    Below the nose the skin may have an albedo of its own, as beards have; skin that nose, brow or chin
    hide from a key is not expected to be lit by it. The key has a direction where its standard error is
    under 20 degrees, and where it is within 96 degrees of the camera.
    """
    # The mesh's slopes are least sure where it turns away: a weight between projected area and its square.
    bare = facets.skin * (facets.clipped < _CLIPPED) * facets.normal[..., 2].clamp_min(0).sqrt()
    fit = fit_key(facets.luminance, facets.normal, bare, _below_nose(facets), cast_shadows(facets.normal))
    undirected = (
        Refusal(
            fit.error > _MOST_ERROR,
            "flat light: the key's direction is known to {:.0f} degrees only",
            fit.error,
        ),
        Refusal(
            fit.direction[:, 2] < _BEHIND, "the key seems to be behind the head, which a face does not show"
        ),
    )
    lost = (facets.skin * (facets.clipped >= _CLIPPED)).sum(1) / facets.skin.sum(1).clamp_min(1e-9)
    burnt = Refusal(lost > _MOST_LOST, "{:.0f} % of the face's skin is clipped", 100 * lost)
    return KeyLight(fit, undirected, (*facets.refusals, burnt))


def _below_nose(facets: Facets) -> Tensor:
    """(B, F) 1 on facets nearer the chin than the nose's base is; 0 throughout for other meshes."""
    if facets.centre.shape[1] != len(topology().triangles):
        return torch.zeros_like(facets.skin)
    top, chin, base = (
        picked(facets.centre, _touching(point)).mean(1, keepdim=True) for point in (_TOP, _CHIN, _NOSE_BASE)
    )
    return (((facets.centre - base) * (chin - top)).sum(2) > 0).to(facets.skin.dtype)


@cache
def _touching(point: int) -> tuple[int, ...]:
    """The triangles that meet at a point of the mesh."""
    corners = zip(*topology().triangles.unbind(1), strict=True)
    return tuple(n for n, triangle in enumerate(corners) if point in triangle)
