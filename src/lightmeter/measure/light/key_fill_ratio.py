from __future__ import annotations

from lightmeter.measure.light.key_light import KeyLight
from lightmeter.measure.registry import PerImage, measurement


@measurement(
    unit="stop",
    bounds=(0.0, 16.0),
    source="Lambert's law fitted to mesh normals in log2 luminance; see lightmeter.optics.shading",
    tolerance=0.5,
)
def key_fill_ratio(key_light: KeyLight) -> PerImage:
    """log2 of the key's irradiance over the fill's, each on a surface facing it.

    A photographer's "-2 stops of fill" reads 2. Read up to 6 stops; even light and a key that the face
    hides from read near 0, so that flat light is a number and not a gap. The picture is taken at its
    word: a steep tone curve reads as more contrast than the scene had.
    Not measured without a face or where half its skin is clipped.
    """
    fit = key_light.fit
    return PerImage(fit.stops, error=fit.stops_error).refusing(key_light.refusals)
