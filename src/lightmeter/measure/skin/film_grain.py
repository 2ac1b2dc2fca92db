from __future__ import annotations

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.measure.skin.grain import LEAST, REDDEST, Grain
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import encoded_from_linear, luminance
from lightmeter.see.patches import SkinPatches

_VISIBLE = 1 / 255


@measurement(
    unit="%",
    bounds=(0.0, 200.0),
    source="noise per pixel of the smoothest tenth of 32 x 32 tiles, from their periodograms (Welch 1967)",
    tolerance=0.25,
    rescale="free",
)
def film_grain(grain: Grain, skin_patches: SkinPatches) -> PerImage:
    """RMS noise per native pixel that background and skin share, in percent of the skin's luminance.

    The lesser of the smoothest tenth of the tiles off the face and of the skin, above 0.12 cycles per
    pixel, as contrast at the skin's median level: 1 % is 0.6 codes of 255 on bright skin. Noise fills both
    octaves there, white or a little redder; gradients in 8 bits, banding and texture out of focus do not.
    What rounding to the file's codes leaves, 0.3 of one, is no grain and is taken away. Not measured
    without a face, where under 12 tiles off the face are unclipped, and where even the smoothest are
    texture rather than noise.
    """
    linear, bare = (each[..., ::4, ::4] for each in (skin_patches.linear, skin_patches.bare))
    bright = luminance(linear.flatten(0, 1))[:, 0].reshape(bare.shape)
    level = weighted_quantile(bright.flatten(1), bare.flatten(1), 0.5)
    textured = (grain.redness > REDDEST) & (grain.shared.sqrt() > _VISIBLE)
    return (
        PerImage(100 * grain.shared.sqrt() * 2.4 / (encoded_from_linear(level) + 0.055))
        .refusing(skin_patches.refusals)
        .unless(level.isnan(), "no skin that faces the camera")
        .unless(
            grain.tiles < LEAST,
            f"{{:.0f}} of 400 tiles off the face are unclipped: {LEAST} are needed",
            grain.tiles,
        )
        .unless(textured, "the smoothest places off the face are texture, not noise")
    )
