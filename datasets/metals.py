"""Beads of metal and of plastic whose highlights are known.

A conductor mirrors all of its light in its own colour, so that its tint is 1; a dielectric returns its body's
colour evenly and mirrors in the light's, so that its tint is 0. GGX lobes of distant lights, no reflections
of one bead in another. Deterministic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from head_gloss import lobe
from torch import Tensor

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Material:
    """A surface. colour: linear reflectance, of a conductor at normal incidence, else of its body;
    roughness: of the lobe, whose alpha is its square."""

    colour: Colour
    conductor: bool
    roughness: float = 0.4


@dataclass(frozen=True)
class Lamp:
    """A distant light: towards (x right, y up, z to the camera), irradiance, colour."""

    towards: Colour = (-0.5, 0.6, 0.62)
    irradiance: float = 1.0
    colour: Colour = (1.0, 1.0, 1.0)


GOLD = Material((1.0, 0.71, 0.29), True)
BRASS = Material((0.91, 0.78, 0.42), True)
COPPER = Material((0.955, 0.638, 0.538), True)
STEEL = Material((0.56, 0.57, 0.58), True)
YELLOW_PLASTIC = Material((0.75, 0.52, 0.12), False)
RED_PLASTIC = Material((0.60, 0.10, 0.08), False)
MATTE_CERAMIC = Material((0.75, 0.52, 0.12), False, 0.9)
LAMPS = (Lamp(), Lamp((0.8, 0.2, 0.56), 0.3))
_DIELECTRIC = 0.04


def shaded(normal: Tensor, material: Material, lamps: Sequence[Lamp] = LAMPS, around: float = 0.1) -> Tensor:
    """(N, 3) radiance of normals (N, 3) seen from the front; 1 is a white matte surface facing irradiance 1.

    around: even light from all sides, that a conductor mirrors and a dielectric scatters.
    """
    towards = torch.nn.functional.normalize(normal.new_tensor([lamp.towards for lamp in lamps]), dim=1)
    power = normal.new_tensor([[lamp.irradiance * c for c in lamp.colour] for lamp in lamps])
    facing = (towards @ normal.T).clamp_min(0)
    view = normal.new_tensor((0.0, 0.0, 1.0))
    planes = []
    for channel, own in enumerate(material.colour):
        mirror = lobe(normal, towards, view, own if material.conductor else _DIELECTRIC, material.roughness)
        matte = 0.0 if material.conductor else own
        planes.append(((mirror + matte) * facing * power[:, channel, None]).sum(0) + around * own)
    return torch.stack(planes, dim=1)


def ball(
    side: int,
    material: Material,
    other: Material | None = None,
    share: float = 0.0,
    lamps: Sequence[Lamp] = LAMPS,
) -> tuple[Tensor, Tensor]:
    """A ball on black, 0.8 of a square wide: (3, side, side) scene-linear, and its mask (side, side) bool.

    share: how much of it, mixed evenly, is `other`.
    """
    at = (torch.arange(side) + 0.5) / side * 2 - 1
    y, x = torch.meshgrid(-at, at, indexing="ij")
    x, y = x / 0.8, y / 0.8
    mask = x * x + y * y < 1
    normal = torch.stack((x, y, (1 - x * x - y * y).clamp_min(0).sqrt()), dim=2)[mask]
    light = shaded(normal, material, lamps)
    if other is not None:
        light = (1 - share) * light + share * shaded(normal, other, lamps)
    picture = torch.zeros(side, side, 3)
    picture[mask] = light
    return picture.permute(2, 0, 1).contiguous(), mask


def necklace(
    linear: Tensor,
    chin: tuple[float, float],
    width: float,
    material: Material,
    exposure: float = 0.5,
    shadow: float = 0.5,
    skin: Colour = (0.30, 0.18, 0.13),
) -> Tensor:
    """A portrait (3, H, W) with a bust of bare skin below the chin and a string of beads on it.

    chin: pixels x, y; width: of the face in pixels. Beads are 0.1 face widths wide, on an arc 0.45 below the
    chin. shadow: share of its light that skin loses beside them.
    """
    picture = linear.clone()
    height, across = linear.shape[1:]
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(across) + 0.5, indexing="ij")
    x, y = (x - chin[0]) / width, (y - chin[1]) / width
    neck = (y > 0.04) & (x.abs() < 0.38 + 2 * (y - 0.3).clamp_min(0))
    picture[:, neck] = (picture.new_tensor(skin)[:, None, None] * (1 - 0.1 * x))[:, neck]
    for i in range(-5, 6):
        turn = i * math.pi / 24
        u, v = (x - 0.75 * math.sin(turn)) / 0.05, (y - 0.45 + 0.75 * (1 - math.cos(turn))) / 0.05
        dark = shadow * torch.exp(-0.5 * (u * u + (v - 1) ** 2))
        picture = torch.where(neck, picture * (1 - dark), picture)
    for i in range(-5, 6):
        turn = i * math.pi / 24
        u, v = (x - 0.75 * math.sin(turn)) / 0.05, -(y - 0.45 + 0.75 * (1 - math.cos(turn))) / 0.05
        bead = u * u + v * v < 1
        normal = torch.stack((u, v, (1 - u * u - v * v).clamp_min(0).sqrt()), dim=2)[bead]
        picture[:, bead] = exposure * shaded(normal, material).T.clamp(0, 1 / exposure)
    return picture


def hammered(side: int, across: int, material: Material, lamp: Lamp = LAMPS[0], depth: float = 0.5) -> Tensor:
    """A sheet (3, side, side) of `across` by `across` dimples, scene-linear, seen from the front.

    Each dimple is part of a sphere whose normals reach `depth` across and up, so each mirrors the lamp once:
    there are across x across highlights, that together are as large as the one of a single dome.
    """
    at = ((torch.arange(side) + 0.5) / side * across) % 1 * 2 - 1
    y, x = torch.meshgrid(-at, at, indexing="ij")
    x, y = depth * x.flatten(), depth * y.flatten()
    normal = torch.stack((x, y, (1 - x * x - y * y).sqrt()), dim=1)
    return shaded(normal, material, (lamp,)).T.reshape(3, side, side)
