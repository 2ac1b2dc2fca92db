"""Light that skin does not scatter evenly: the lobe of its surface, and the mirrors of the eyes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from head_light import Light
from head_shape import EYE, EYE_RADIUS, IRIS_RADIUS
from torch import Tensor

_FRESNEL = 0.028
"""Of tears, of refractive index 1.4."""
_CORNEA = 0.056
"""7.8 mm, on a face 14 cm wide."""


def lobe(normal: Tensor, towards: Tensor, view: Tensor, specular: float, roughness: float) -> Tensor:
    """(S, N) pi times the Cook-Torrance reflectance of normals (N, 3) for light from directions (S, 3).

    GGX of alpha = roughness squared, Schlick's Fresnel from `specular` at normal incidence, Smith-Schlick
    masking. Source: Walter et al. 2007; Karis 2013.
    """
    half = torch.nn.functional.normalize(towards + view, dim=1)
    a = roughness**2
    cos_half = (half @ normal.T).clamp(0, 1)
    cos_view = (normal @ view).clamp_min(0.05)
    cos_light = (towards @ normal.T).clamp_min(0.05)
    spread = a * a / (cos_half * cos_half * (a * a - 1) + 1) ** 2
    fresnel = specular + (1 - specular) * (1 - (half @ view).clamp(0, 1))[:, None] ** 5
    k = a / 2
    return spread * fresnel / 4 / ((cos_light * (1 - k) + k) * (cos_view * (1 - k) + k))


def catchlights(
    point: Tensor, normal: Tensor, rotation: Tensor, pixel: float, lights: Sequence[Light], fill: float
) -> Tensor:
    """(N, 3) what points (N, 3) of the eyeballs mirror of the lights and of an even fill.

    Over the iris the mirror is the cornea, a tighter sphere; elsewhere the eyeball itself. pixel: its
    size in face widths, over which a catchlight's edge is softened. Shadows of lids are not followed.
    """
    side = torch.where(point[:, :1] < 0, -1.0, 1.0)
    across = point[:, :2] - torch.cat((side * EYE[0], torch.full_like(side, EYE[1])), dim=1)
    radius = across.norm(dim=1)
    height = (_CORNEA**2 - radius**2).clamp_min(0).sqrt()
    cornea = torch.cat((across, height[:, None]), dim=1) / _CORNEA
    iris = radius < IRIS_RADIUS
    facing = torch.where(iris[:, None], cornea, normal) @ rotation.T
    mirrored = 2 * facing[:, 2:] * facing - facing.new_tensor((0.0, 0.0, 1.0))
    blur = torch.where(iris, 2 / _CORNEA, 2 / EYE_RADIUS) * pixel
    image = torch.full_like(point, fill)
    for light in lights:
        glint = 2.0**light.stops * light.radiance(mirrored, blur)
        image = image + glint[:, None] * image.new_tensor(light.colour)
    return _FRESNEL * image


def scattered(irradiance: Tensor, skin: Tensor, reach: float) -> Tensor:
    """(3, H, W) irradiance (H, W) spread under skin (H, W) of weight 0..1, red the farthest.

    Gaussians of deviation `reach` pixels for red, 0.4 and 0.2 of it for green and blue; across the
    frame, not along the surface, so that it is right where skin faces the camera.
    """
    planes = []
    for share in (1.0, 0.4, 0.2):
        kernel = _gaussian(reach * share)
        spread, weight = _blurred(irradiance * skin, kernel), _blurred(skin, kernel)
        planes.append(torch.where(skin > 0, spread / weight.clamp_min(1e-6), irradiance))
    return torch.stack(planes)


def _gaussian(deviation: float) -> Tensor:
    reach = math.ceil(3 * deviation)
    x = torch.arange(-reach, reach + 1)
    kernel = torch.exp(-0.5 * (x / max(deviation, 1e-6)) ** 2)
    return kernel / kernel.sum()


def _blurred(plane: Tensor, kernel: Tensor) -> Tensor:
    r = len(kernel) // 2
    down = torch.nn.functional.conv2d(plane[None, None], kernel.view(1, 1, -1, 1), padding=(r, 0))
    return torch.nn.functional.conv2d(down, kernel.view(1, 1, 1, -1), padding=(0, r))[0, 0]
