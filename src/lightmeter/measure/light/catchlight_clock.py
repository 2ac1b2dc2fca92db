from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.light.eye_glints import Glints
from lightmeter.measure.light.seen_eyes import readable, refusing_unseen
from lightmeter.measure.registry import PerImage, measurement

_CENTRED = 0.1
"""Iris radii: the mesh's iris is no surer of its centre than this."""
_ALIKE = 0.3
"""Iris radii between the places of one lamp in two eyes, one standard deviation."""


@measurement(
    unit="h",
    bounds=(-6.0, 6.0),
    source="direction of the main glint from the iris' centre; see lightmeter.measure.light.eye_glints",
    tolerance=0.5,
    mirror="negated",
    rescale="free",
)
def catchlight_clock(eye_glints: Glints) -> PerImage:
    """Where on the iris' clock the main catchlight stands, in hours from 12, the mean of both eyes.

    Of two eyes the glints that are bright and stand alike are taken. 0 is the top, 3 image right, -3 image
    left and -2 what photographers call ten o'clock, so that "upper left" is one interval. Unmoved by
    exposure, negated by a mirror. Not measured without a face or a catchlight, where no iris is 12 native
    pixels wide, with closed eyes, and where the glint stands within 0.1 iris radii of the centre: a light
    at the camera has no hour.
    """
    lit = readable(eye_glints) & (eye_glints.count > 0)
    one = (eye_glints.main * lit[..., None]).sum(1)
    right, up = torch.where(lit.all(1)[:, None], _shared(eye_glints), one).unbind(1)
    away = torch.hypot(right, up)
    hours = torch.rad2deg(torch.atan2(right, up)) / 30
    return (
        refusing_unseen(hours, eye_glints)
        .unless(~lit.any(1), "no catchlight")
        .unless(away < _CENTRED, "the catchlight is in the middle of the eye")
    )


def _shared(glints: Glints) -> Tensor:
    """(B, 2) mean place of the pair of glints, one of each eye, with most flux for its distance."""
    left, right = glints.place.unbind(1)
    square = (left[:, :, None] - right[:, None]).square().sum(3)
    match = glints.flux[:, 0, :, None] * glints.flux[:, 1, None] * torch.exp(-square / (2 * _ALIKE**2))
    best = match.flatten(1).argmax(1)[:, None, None].expand(-1, 1, 2)
    middle: Tensor = (left[:, :, None] + right[:, None]).flatten(1, 2).gather(1, best)[:, 0] / 2
    return middle
