"""The cornea as a convex mirror: where a light's image lies in the iris, and back."""

from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.optics.constants import constant

RADIUS = 7.8 / 5.85
"""Radius of the cornea's front in iris radii: 7.8 mm over half of 11.7 mm, the means of adults, both within
5 % of all. Source: Rufer et al. 2005, Cornea 24(3) (diameter); Gullstrand's eye (curvature)."""

_EDGE = 0.98


def light_of_glint(place: Tensor) -> Tensor:
    """Unit vectors (..., 3) towards the light whose image lies at `place` (..., 2).

    place: right and up of the iris' centre in iris radii. Of a sphere seen from afar along v = (0, 0, 1),
    the point that mirrors a far light l to the camera has as its normal the half vector
    h = (l + v) / |l + v|, and stands at RADIUS (h_x, h_y) from the centre of curvature; so
    l = 2 (h.v) h - v. The centre lies 0.88 iris radii behind the iris' plane: an eye that looks at the
    camera shows both at one spot, one that looks g (unit) aside moves the iris by 0.88 (g_x, g_y), which
    this leaves out: 5 degrees of gaze turn the result by some 7.
    """
    across = place / RADIUS
    length = across.norm(dim=-1, keepdim=True)
    across = across * (length.clamp_max(_EDGE) / length.clamp_min(1e-9))
    out = (1 - (across**2).sum(-1, keepdim=True)).clamp_min(0).sqrt()
    half = torch.cat((across, out), dim=-1)
    camera = constant((0.0, 0.0, 1.0), half)
    return torch.nn.functional.normalize(2 * out * half - camera, dim=-1)


def glint_of_light(towards: Tensor) -> Tensor:
    """Where an eye that looks at the camera mirrors lights (..., 3): places (..., 2), the way back."""
    half = torch.nn.functional.normalize(towards + constant((0.0, 0.0, 1.0), towards), dim=-1)
    return RADIUS * half[..., :2]
