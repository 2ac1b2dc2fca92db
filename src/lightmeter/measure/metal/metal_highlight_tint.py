from __future__ import annotations

from lightmeter.measure.metal.metal_lobes import MetalLobes
from lightmeter.measure.registry import PerImage, measurement

_GREY = 0.25
"""Purity below which body and light are too alike to be told apart. Steel and silver read under 0.2 where the
light is known to a tenth, copper 0.4 to 0.6, gold and brass 0.6 to 0.75."""
_TRACE = 0.05
"""Of what a matte body could have, added to the light's part: so that next to no mirrored light reads 0."""


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="dichromatic reflection model: Shafer 1985; Healey 1989",
    tolerance=0.15,
)
def metal_highlight_tint(metal_lobes: MetalLobes) -> PerImage:
    """Whose colour the highlights have: 1 the body's, as gold's, 0 the light's, as plastic's and ceramic's.

    Of the light in the brightest tenth that is more than a matte body gives, the share in the body's
    colour; 0, too, where nothing outshines a matte body, for metal would. Links that mirror each other and
    skin are redder than their highlights, so that copper may read 0.45. Not measured without jewellery or
    an object, of grey bodies such as silver and steel, which mirror in the light's colour as plastic does,
    where the body is so bright that its highlights would be clipped, and where fewer than 24 pixels of
    highlight are not.
    """
    own, light = metal_lobes.own, metal_lobes.light
    value = own / (own + light + _TRACE * metal_lobes.matte).clamp_min(1e-9)
    return (
        PerImage(value)
        .refusing(metal_lobes.found)
        .unless(
            metal_lobes.purity < _GREY,
            "its body is grey like silver (purity {:.2f}, 0.25 needed): highlights tell no colour",
            metal_lobes.purity,
        )
        .refusing(metal_lobes.refusals)
    )
