"""Colour differences of skin that do not depend on how dark or how lit the skin is."""

from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.optics.colour import delta_e00, lab
from lightmeter.optics.constants import constant
from lightmeter.optics.transfer import luminance

REFERENCE = (0.50, 0.27, 0.18)
"""A light medium skin in linear sRGB, Lab 63, 14, 20: pigments absorb in proportion, so that a ratio of
channels on any skin is shown on this one."""


def chromaticity(linear: Tensor) -> Tensor:
    """(B, 2, ...) natural log of red over green and of blue over green, of (B, 3, ...) linear above 0.

    Melanin, blood and the light's colour add to it; exposure and shading cancel.
    """
    stops = torch.log(linear.clamp_min(1e-6))
    return stops[:, 0::2] - stops[:, 1:2]


def on_reference_skin(change: Tensor) -> Tensor:
    """DeltaE00 (B, ...) that a change of chromaticity (B, 2, ...) makes on the reference skin.

    Luminance is held. Per channel the change is a ratio of linear light, so the result does not depend
    on skin tone, exposure or white balance: a difference in Lab itself would shrink as skin darkens.
    """
    ratio = torch.exp(torch.stack((change[:, 0], torch.zeros_like(change[:, 0]), change[:, 1]), 1))
    reference = constant(REFERENCE, change).reshape(1, 3, *[1] * (change.dim() - 2)).expand_as(ratio)
    moved = reference * ratio
    weights = luminance(reference.flatten(2)[..., None]) / luminance(moved.flatten(2)[..., None])
    return delta_e00(lab(moved * weights.reshape(moved[:, :1].shape)), lab(reference))
