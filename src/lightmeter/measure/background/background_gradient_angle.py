from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.measure.background.background_gradient import extent
from lightmeter.measure.background.fall_off import FallOff
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.constants import constant

_LEAST = 0.25
"""Stops across the frame: an eighth of the article's two, and twice what an even wall's surface can have by
the tilt of its residuals."""
_ONE_WAY = 0.4
"""Least share of the fall-off that a plane explains; a spot or vignette falls off all around."""
_LENGTH = 0.25
"""Of the arrow, in long sides."""


@measurement(
    unit="deg",
    bounds=(-90.0, 270.0),
    source="direction of the plane through the log2 luminance of a robust quadratic surface",
    tolerance=4.0,
    mirror="free",
)
def background_gradient_angle(fall_off: FallOff) -> PerImage:
    """Where the backdrop's bright side is: 0 right, 90 top, 180 left; it wraps at the bottom, -90 or 270.

    So that an interval around left, top or right is one interval. A mirror takes it from 180.
    Not measured where the gradient has no direction: under 0.25 stops across the frame, or a spot or a
    vignette; nor where the background is unknown or under 2 % of the frame.
    """
    across, whole = _across(fall_off), extent(fall_off)
    angle = torch.rad2deg(torch.atan2(fall_off.slope[:, 1], fall_off.slope[:, 0]))
    angle = torch.where(angle < -90, angle + 360, angle)
    return (
        PerImage(angle)
        .refusing(fall_off.refusals)
        .unless(across < _LEAST, "the gradient is {:.2f} stop: a direction needs 0.25", across)
        .unless(across < _ONE_WAY * whole, "the light falls off all around: it has no bright side")
    )


@overlay("background_gradient", "background_gradient_angle")
def gradient(fall_off: FallOff, linear: Tensor) -> Marks:
    """An arrow towards the bright side, a quarter of the long side long, where there is a gradient."""
    height, width = linear.shape[2:]
    towards = F.normalize(fall_off.slope, dim=1) * max(height, width) * _LENGTH
    middle = constant((width / 2, height / 2), towards).expand_as(towards)
    half = towards * constant((0.5, -0.5), towards)
    arrow = torch.cat((middle - half, middle + half, torch.zeros_like(half[:, :1])), 1)
    shown = (_across(fall_off) >= _LEAST)[:, None]
    return Marks(arrows={"towards the bright side": torch.where(shown, arrow, torch.nan)[:, None]})


def _across(fall_off: FallOff) -> Tensor:
    """(B,) stops that the plane rises over one long side."""
    return 2 * torch.hypot(*fall_off.slope.unbind(1))
