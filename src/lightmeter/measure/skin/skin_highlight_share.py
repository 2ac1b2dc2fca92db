from __future__ import annotations

from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.measure.skin.skin_gloss import SkinGloss
from lightmeter.measure.skin.skin_surface import SkinSurface
from lightmeter.see.canvas import Canvas

_HIGHLIGHT = 0.2
"""Specular over diffuse light at which skin looks wet or oily rather than matte: a quarter of a stop."""


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="dichromatic reflection (Shafer 1985) of skin under white light",
    tolerance=0.05,
)
def skin_highlight_share(skin_gloss: SkinGloss) -> PerImage:
    """Share of the face's lit skin whose specular light is over a fifth of its diffuse light, 0..1.

    A highlight is paler than the skin, towards white, and brighter than the sixth of a face around it;
    0 on matte skin. Clipped highlights count as they are. Under coloured light, whose highlights are not
    white, too little is found; broad sheen of roughness above 0.5 is found in part. Blind to exposure.
    Not measured without a face, with little lit skin, or where skin is as blue as red.
    """
    share = (skin_gloss.ratio > _HIGHLIGHT).float().sum((1, 2, 3)) / skin_gloss.lit.sum((1, 2, 3))
    return PerImage(share).refusing(skin_gloss.refusals)


@overlay("skin_highlight_share", "skin_roughness")
def skin_highlights(skin_gloss: SkinGloss, skin_surface: SkinSurface, canvas: Canvas) -> Marks:
    """Where skin reflects the light itself."""
    area = skin_surface.on_frame((skin_gloss.ratio > _HIGHLIGHT).float(), canvas)
    return Marks(areas={"specular highlight": area})
