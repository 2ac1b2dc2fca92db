"""Where the eyes say that the light comes from, whatever the skin says."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.measure.light.eye_glints import Glints
from lightmeter.measure.light.seen_eyes import wide
from lightmeter.optics.cornea import light_of_glint
from lightmeter.see.provide import provides
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import EYE_CORNER_LEFT, EYE_CORNER_RIGHT, IRIS_LEFT, IRIS_RIGHT

_INNER = (133, 362)
_AGREE = 25.0
"""Degrees between the two eyes' answers. Half of the portraits are within 15; the others took two sources."""
_ASIDE = 0.25
"""Sine of the gaze to the side, at which the answer is off by some 20 degrees."""
_PLAIN = 1.0


@dataclass(frozen=True)
class CatchlightKey:
    """direction: (B, 3) unit, towards the source in the eyes; known: (B,) whether there is one to trust."""

    direction: Tensor
    known: Tensor


@provides
def catchlight_key(eye_glints: Glints, face: FaceMesh) -> CatchlightKey:
    """The light that eyes with a single glint mirror, both where both have one and agree.

    Two sources in an eye leave open which is the key, and eyes that look aside are no mirror to rely on.
    Under Yale B's single flash (188 eyes, 18 pixels wide) the median error is 10 degrees.
    """
    plain = (eye_glints.count == 1) & (eye_glints.white > _PLAIN)
    single = plain & wide(eye_glints) & (_gaze(face.points).abs() < _ASIDE)
    each = light_of_glint(eye_glints.main)
    total = (each * single[..., None]).sum(1)
    both = single.all(1)
    cosine = (each[:, 0] * each[:, 1]).sum(1).clamp(-1, 1)
    agree = ~both | (torch.rad2deg(torch.acos(cosine)) < _AGREE)
    return CatchlightKey(torch.nn.functional.normalize(total, dim=1), single.any(1) & agree)


def _gaze(points: Tensor) -> Tensor:
    """(B, 2) sine of each eye's gaze to image right; 0 at the camera.

    An eyeball turns about a point some 5 mm behind the middle of its corners, which carries the iris
    round at 10.6 mm. Source: the same eye as `lightmeter.optics.cornea`'s, 24 mm long.
    """
    points = points.nan_to_num()
    level = torch.nn.functional.normalize(points[:, EYE_CORNER_RIGHT] - points[:, EYE_CORNER_LEFT], dim=1)
    ahead = level[:, 2]  # of a face that is turned to image right the far side, at its right, is farther off
    found = []
    for centre, corner, inner in zip(
        (IRIS_LEFT, IRIS_RIGHT), (EYE_CORNER_LEFT, EYE_CORNER_RIGHT), _INNER, strict=True
    ):
        rim = points[:, centre + 1 : centre + 5, :2]
        radius = torch.maximum((rim[:, 0] - rim[:, 2]).norm(dim=1), (rim[:, 1] - rim[:, 3]).norm(dim=1)) / 2
        middle = (points[:, corner, 0] + points[:, inner, 0]) / 2
        aside = 5.85 * (points[:, centre, 0] - middle) / radius.clamp_min(1e-6)
        found.append((aside + 5 * ahead) / 10.6)
    return torch.stack(found, dim=1)
