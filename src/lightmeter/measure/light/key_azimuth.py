from __future__ import annotations

from lightmeter.measure.light.key_light import KeyLight
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.geometry import angles


@measurement(
    unit="deg",
    bounds=(-180.0, 180.0),
    source="Lambert's law fitted to mesh normals in log2 luminance; see lightmeter.optics.shading",
    tolerance=6.0,
    mirror="negated",
)
def key_azimuth(key_light: KeyLight) -> PerImage:
    """Where the key light stands around the head, in the camera's frame.

    0 is at the camera, positive from image right, negative from image left, 90 square from the side.
    Not measured without a face, where half its skin is clipped, and where the light is too flat to
    have a direction or the key is more than 96 degrees from the camera.
    """
    azimuth, _ = angles(key_light.fit.direction)
    return PerImage(azimuth).refusing(key_light.refusals).refusing(key_light.undirected)
