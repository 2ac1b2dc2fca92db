"""Synthetic heads under light whose every quantity is known.

    python datasets/heads.py OUT --azimuth -45 --elevation 30 --fill 2 --size 20
    python datasets/heads.py OUT --grid

A bust of smooth implicit shapes seen by a long lens: Lambert skin under area lights sampled at fixed
places, shadows by marching, an optional specular lobe, eyes that mirror the lights. Deterministic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import torch
from head_beam import Beam
from head_gloss import catchlights, lobe, scattered
from head_light import Light, visibility
from head_shape import Distances, distances
from head_skin import Paint, albedo, body, clothed
from head_view import Pose, Surface, seen
from torch import Tensor


@dataclass(frozen=True)
class Scene:
    """A head and its light.

    key: its irradiance on a surface that faces it is 1. fill_stops: log2 of that over the fill's, on a
    surface facing it; the fill is an even hemisphere around the camera. ambient_stops: the same for light
    from all around. others: further lights, such as rims from behind. beam: a gobo before the key.
    yaw: deg, + looks to image right. pitch: + looks up. roll: + leans to image right. side: pixels of the
    square frame. span: face widths across it. specular, roughness: the skin's lobe (`lobe`); hair has a
    third of it. scatter: face widths that red light spreads under the skin. exposure: a factor.
    shadows: whether the head hides key and fill from itself.

    For light that cannot be: neck_key lights all below the jaw, right_key the image-right half of the
    frame instead of the key, and `mirrored` are the lights that the eyes show.
    """

    key: Light = field(default_factory=Light)
    fill_stops: float = 2.0
    ambient_stops: float = math.inf
    others: tuple[Light, ...] = ()
    beam: Beam | None = None
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    side: int = 384
    span: float = 2.6
    hair: Literal["none", "short", "long"] = "short"
    paint: Paint = field(default_factory=Paint)
    specular: float = 0.0
    roughness: float = 0.35
    scatter: float = 0.0
    exposure: float = 1.0
    backdrop: tuple[float, float, float] = (0.18, 0.18, 0.18)
    shadows: bool = True
    neck_key: Light | None = None
    right_key: Light | None = None
    mirrored: tuple[Light, ...] | None = None

    @property
    def pose(self) -> Pose:
        """All that decides which point of the head a pixel sees, and how much of the fill that does."""
        return Pose(self.yaw, self.pitch, self.roll, self.side, self.span, self.hair, self.shadows)


@dataclass(frozen=True)
class Rendered:
    """A picture and the truth behind it.

    linear: (3, H, W) scene-linear float32. alpha, skin, hair: (H, W) coverage 0..1; skin is bare, its
    eyes left out. NaN off the subject: normal (H, W, 3) in the camera frame; depth (H, W) towards the
    camera in face widths; key (H, W) irradiance of the key, 1 on an open surface facing it, beam
    included; fill (H, W) that of the fill on the same scale.
    """

    linear: Tensor
    alpha: Tensor
    skin: Tensor
    hair: Tensor
    normal: Tensor
    depth: Tensor
    key: Tensor
    fill: Tensor


@torch.no_grad()
def render(scene: Scene) -> Rendered:
    """The picture of a scene and its truth. The same scene gives the same bits."""
    surface = seen(scene.pose)
    near = distances(surface.point, scene.hair)
    eye = (near.eye < near.skin) & (near.eye < near.hair)
    fill = surface.fill * 2.0**-scene.fill_stops
    key, gloss = _key(scene, surface)
    light = _under_skin(scene, surface, near, key) + fill[:, None] + 2.0**-scene.ambient_stops
    for each in scene.others:
        matte, shine = _lit(scene, surface, each)
        tint = 2.0**each.stops * matte.new_tensor(each.colour)
        light, gloss = light + matte[:, None] * tint, gloss + shine[:, None] * tint
    gloss = torch.where(_hairy(near)[:, None], gloss / 3, gloss) * (clothed(surface.point) < 0)[:, None]
    gloss[eye] = _mirror(scene, surface, eye)
    return _composed(
        scene, surface, near, albedo(surface.point, near, scene.paint) * light + gloss, key, fill
    )


def _key(scene: Scene, surface: Surface) -> tuple[Tensor, Tensor]:
    """(N,) irradiance of the key and (N, 3) gloss, with the parts that other keys light."""
    matte, shine = _lit(scene, surface, scene.key)
    right = (surface.point @ scene.pose.rotation[0]) > 0
    for light, where in ((scene.right_key, right), (scene.neck_key, body(surface.point))):
        if light is not None:
            other, its_shine = _lit(scene, surface, light)
            matte, shine = torch.where(where, other, matte), torch.where(where, its_shine, shine)
    if scene.beam is not None:
        share = scene.beam.transmittance(surface.point @ scene.pose.rotation.T, scene.key.direction)
        matte, shine = matte * share, shine * share
    scale = 2.0**scene.key.stops
    return scale * matte, scale * shine[:, None] * matte.new_tensor(scene.key.colour)


def _lit(scene: Scene, surface: Surface, light: Light) -> tuple[Tensor, Tensor]:
    """(N,) irradiance of a light, 1 on a surface that faces it, and (N,) light from the lobe."""
    towards, weight = light.samples()
    towards = towards @ scene.pose.rotation
    cosine = (towards @ surface.normal.T).clamp_min(0)
    if scene.shadows:
        cosine = cosine * visibility(surface.point, surface.normal, towards, scene.hair, light.half)
    matte = weight @ cosine
    if scene.specular <= 0:
        return matte, torch.zeros_like(matte)
    view = scene.pose.rotation[2]
    return matte, weight @ (cosine * lobe(surface.normal, towards, view, scene.specular, scene.roughness))


def _under_skin(scene: Scene, surface: Surface, near: Distances, key: Tensor) -> Tensor:
    """(N, 3) the key's light after it has spread under the skin."""
    tint = key.new_tensor(scene.key.colour)
    if scene.scatter <= 0:
        return key[:, None] * tint
    skin = ((near.skin < near.hair) & (near.skin < near.eye)).float()
    irradiance, share = (_placed(scene, surface, value, 0.0) for value in (key, skin))
    spread = scattered(irradiance, share, scene.scatter * scene.side / scene.span)
    return spread.flatten(1).T[surface.index] * tint


def _mirror(scene: Scene, surface: Surface, eye: Tensor) -> Tensor:
    lights = (scene.key, *scene.others) if scene.mirrored is None else scene.mirrored
    pixel = scene.span / scene.side
    point, normal = surface.point[eye], surface.normal[eye]
    return catchlights(point, normal, scene.pose.rotation, pixel, lights, 2.0**-scene.fill_stops)


def _hairy(near: Distances) -> Tensor:
    return (near.hair < near.skin) & (near.hair < near.eye)


def _placed(scene: Scene, surface: Surface, value: Tensor, empty: float) -> Tensor:
    """(H, W, ...) values (N, ...) of the surface at their pixels."""
    plane = torch.full((scene.side**2, *value.shape[1:]), empty)
    plane[surface.index] = value
    return plane.view(scene.side, scene.side, *value.shape[1:])


def _composed(
    scene: Scene, surface: Surface, near: Distances, colour: Tensor, key: Tensor, fill: Tensor
) -> Rendered:
    def placed(value: Tensor, empty: float = torch.nan) -> Tensor:
        return _placed(scene, surface, value, empty)

    alpha = surface.alpha
    cover = placed(alpha, 0.0)
    linear = placed(colour * alpha[:, None], 0.0) + (1 - cover)[..., None] * torch.tensor(scene.backdrop)
    bare = (near.skin < near.hair) & (near.skin < near.eye) & (surface.point[:, 1] > -1.0)
    return Rendered(
        linear=scene.exposure * linear.permute(2, 0, 1).contiguous(),
        alpha=cover,
        skin=placed(alpha * bare, 0.0),
        hair=placed(alpha * _hairy(near), 0.0),
        normal=placed(surface.facing),
        depth=placed(surface.point @ scene.pose.rotation[2]),
        key=placed(key),
        fill=placed(fill),
    )


if __name__ == "__main__":
    from head_pictures import main

    main()
