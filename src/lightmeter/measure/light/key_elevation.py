from __future__ import annotations

from lightmeter.measure.light.key_light import KeyLight
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.geometry import angles


@measurement(
    unit="deg",
    bounds=(-90.0, 90.0),
    source="Lambert's law fitted to mesh normals in log2 luminance; see lightmeter.optics.shading",
    tolerance=8.0,
)
def key_elevation(key_light: KeyLight) -> PerImage:
    """How high the key light stands, in the camera's frame: 0 level with the camera, positive from above.

    Not measured without a face, where half its skin is clipped, where the light is too flat to have a
    direction and where the key is more than 96 degrees from the camera.
    """
    _, elevation = angles(key_light.fit.direction)
    read = PerImage(elevation, error=key_light.fit.error)
    return read.refusing(key_light.refusals).refusing(key_light.undirected)
