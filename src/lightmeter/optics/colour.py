"""Colour appearance on tensors: CIE Lab under D65 and CIEDE2000."""

from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.optics.constants import constant

# IEC 61966-2-1 primaries to CIE XYZ, and the D65 white that they imply (so that r=g=b is exactly a=b=0).
_RGB_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE = tuple(sum(row) for row in _RGB_TO_XYZ)
_KAPPA_SLOPE = 841.0 / 108.0
_EPSILON = 216.0 / 24389.0
_OPPOSITE = 2e-6
"""Radians beyond pi at which hues still count as opposite, for rounding must not choose their mean."""


def lab(linear: Tensor) -> Tensor:
    """CIE 1976 L*a*b* of scene-linear sRGB; channels on dim 1, (B, 3, ...) to (B, 3, ...).

    L* is 0..100 for luminance 0..1. Source: CIE 15:2018, section 8.2.1.
    """
    matrix = constant(_RGB_TO_XYZ, linear) / constant(_WHITE, linear)[:, None]
    xyz = torch.einsum("ij,bj...->bi...", matrix, linear)
    # The straight part touches the root at epsilon and is the higher elsewhere: it is the lower of it and of
    # the root from epsilon up. By logarithm, as a power takes twice as long.
    root = xyz.clamp_min(_EPSILON).log2_().div_(3).exp2_()
    f = torch.minimum(root, _KAPPA_SLOPE * xyz + 4 / 29)
    fx, fy, fz = f.unbind(1)
    return torch.stack((116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)), dim=1)


def delta_e00(one: Tensor, other: Tensor) -> Tensor:
    """CIEDE2000 between Lab tensors with channels on dim 1; (B, 3, ...) to (B, ...), in deltaE00.

    kL = kC = kH = 1. Source: Sharma, Wu, Dalal 2005, Color Res. Appl. 30(1), equations 1-22.
    """
    l1, a1, b1 = one.unbind(1)
    l2, a2, b2 = other.unbind(1)
    stretch = 1.5 - 0.5 * _chroma_weight((torch.hypot(a1, b1) + torch.hypot(a2, b2)) / 2)
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = torch.hypot(a1, b1), torch.hypot(a2, b2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    # Of a grey the hue is any: where c1 c2 is 0 so are d_h and the rotation's term.
    difference, mean_h = _hues(torch.atan2(b1, a1), torch.atan2(b2, a2))
    d_h = 2 * torch.sqrt(c1 * c2) * torch.sin(difference / 2) / (1 + 0.015 * mean_c * _hue_weight(mean_h))
    bulge = (mean_l - 50) ** 2
    d_l = (l2 - l1) / (1 + 0.015 * bulge / torch.sqrt(20 + bulge))
    d_c = (c2 - c1) / (1 + 0.045 * mean_c)
    turn = torch.deg2rad(60 * torch.exp(-(((torch.rad2deg(mean_h) - 275) / 25) ** 2)))
    rotation = -torch.sin(turn) * 2 * _chroma_weight(mean_c)
    return torch.sqrt((d_l**2 + d_c**2 + d_h**2 + rotation * d_c * d_h).clamp_min(0))


def _chroma_weight(chroma: Tensor) -> Tensor:
    seventh = (chroma**3).square() * chroma
    return torch.sqrt(seventh / (seventh + 25.0**7))


def _hues(h1: Tensor, h2: Tensor) -> tuple[Tensor, Tensor]:
    """Hue difference in -pi..pi and mean hue in 0..2pi, as equations 10 and 14 treat opposites."""
    h1, h2 = h1 % (2 * torch.pi), h2 % (2 * torch.pi)
    difference, mean = h2 - h1, (h1 + h2) / 2
    around = (difference.abs() > torch.pi + _OPPOSITE).to(mean.dtype) * torch.pi
    return difference - 2 * around * difference.sign(), (mean + around) % (2 * torch.pi)


def _hue_weight(mean: Tensor) -> Tensor:
    return (
        1
        - 0.17 * torch.cos(mean - torch.pi / 6)
        + 0.24 * torch.cos(2 * mean)
        + 0.32 * torch.cos(3 * mean + torch.pi / 30)
        - 0.20 * torch.cos(4 * mean - 63 * torch.pi / 180)
    )
