from __future__ import annotations

import torch

from lightmeter.measure.light.key_light import KeyLight
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.geometry import angles

_ZENITH = 0.1


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
    Its standard error grows towards the zenith, where all azimuths meet.
    Not measured without a face, where half its skin is clipped, where the light is too flat to have a
    direction and where the key is more than 96 degrees from the camera.
    """
    azimuth, elevation = angles(key_light.fit.direction)
    error = key_light.fit.error / torch.cos(torch.deg2rad(elevation)).clamp_min(_ZENITH)
    return PerImage(azimuth, error=error).refusing(key_light.refusals).refusing(key_light.undirected)
