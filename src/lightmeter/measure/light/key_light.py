"""The key light of each face: what `key_azimuth`, `key_elevation` and `key_fill_ratio` read from."""

from __future__ import annotations

from dataclasses import dataclass

from lightmeter.optics.shading import KeyFit, fit_key
from lightmeter.see.facets import Facets
from lightmeter.see.provide import Refusal, provides

_CLIPPED = 0.2
_MOST_LOST = 0.5
_EXPLAINED = 1.05
_LEAST_STOPS = 0.5
_BEHIND = -0.1


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

    The key has a direction where it is half a stop over the fill, within 96 degrees of the camera, and
    leaves 5 % less misfit than fill alone: most readings beyond are noise of flat faces.
    """
    fit = fit_key(
        facets.luminance,
        facets.normal,
        facets.skin * (facets.clipped < _CLIPPED),
    )
    undirected = (
        Refusal(fit.stops < _LEAST_STOPS, "flat light: the key is {:.1f} stops over the fill", fit.stops),
        Refusal(
            fit.direction[:, 2] < _BEHIND, "the key seems to be behind the head, which a face does not show"
        ),
        Refusal(fit.flat_misfit < _EXPLAINED * fit.misfit, "fill alone explains the face as well as a key"),
    )
    lost = (facets.skin * (facets.clipped >= _CLIPPED)).sum(1) / facets.skin.sum(1).clamp_min(1e-9)
    burnt = Refusal(lost > _MOST_LOST, "{:.0f} % of the face's skin is clipped", 100 * lost)
    return KeyLight(fit, undirected, (*facets.refusals, burnt))
