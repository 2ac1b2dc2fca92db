from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.measure.background.clutter import Clutter
from lightmeter.measure.background.fall_off import FallOff
from lightmeter.measure.background.fine_backdrop import FineBackdrop
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.filters import box_filter
from lightmeter.optics.statistics import weighted_quantile

_WINDOW = 14
"""Cells of 1/256 long side either way: a ramp's steps are closer than this, or few enough to be edges."""
_STILL = 0.004
"""L* per cell, one unit from end to end of the frame: no ramp."""
_UPPER = 0.8
_SPLIT = 2.0
"""A cell's mean splits a step into two differences, which on average leave half its energy."""
_ONE_WAY = 0.5
"""A step ladder only climbs. Below this share of its ways up and down, a window climbs by chance."""
_FASTER = 2.0
"""How much faster than the backdrop as a whole a window may climb and still be of the same ramp."""
_ENOUGH = 0.25
"""Least share of a window that is background."""


@measurement(
    unit="deltaE00",
    bounds=(0.0, 150.0),
    source="energy of L* differences that wider ones lack, over their mean; 80th percentile of windows",
    tolerance=0.5,
    exposure="free",
)
def background_banding(fine_backdrop: FineBackdrop, fall_off: FallOff, clutter: Clutter) -> PerImage:
    """Height of the steps in which the backdrop's gradient climbs: 0 where it is smooth or has none.

    On an even slope differences over three cells are three times those over one; what squares of those over
    one have beyond that is the energy of steps, and over the mean difference it is the height of one. Where
    differences go both ways, as in texture, it is no ladder, nor where they climb faster than the smooth
    surface, as at an object. Steps closer than 4 cells of 1/256 long side are not told from a slope.
    Not measured where the background is unknown, under 2 % of the frame, or a quarter of it things.
    """
    height, weight = _ladder(fine_backdrop, fall_off)
    value = weighted_quantile(height.flatten(1), weight.flatten(1), _UPPER)
    return PerImage(value.nan_to_num()).refusing((*fine_backdrop.refusals, clutter.crowded))


def _ladder(found: FineBackdrop, fall_off: FallOff) -> tuple[Tensor, Tensor]:
    """(B, 1, h, w) deltaE00 of the steps around each cell, and 1 where the window is background enough."""
    lightness, sure = found.colour[:, :1], found.sure
    level = _median(_median(lightness, sure).mT, sure.mT).mT
    right, down, pair = _differences(level, sure)
    wide = [
        F.avg_pool2d(each, size, 1, divisor_override=1) for each, size in ((right, (1, 3)), (down, (3, 1)))
    ]
    right, down, pair = (each[..., 1:-1, 1:-1] for each in (right, down, pair))
    energy = 9 * (right**2 + down**2) - wide[0][..., 1:-1, :] ** 2 - wide[1][..., 1:-1] ** 2
    lit = level[..., 2:-1, 2:-1]
    means = box_filter(torch.cat((right, down, energy / 6, pair, lit), 1) * pair, _WINDOW)
    x, y, energy, held, lit = means[:, 0:1], means[:, 1:2], means[:, 2:3], means[:, 3:4], means[:, 4:]
    slope = torch.hypot(x, y)
    ways = box_filter((right * x + down * y).abs() * pair, _WINDOW) / slope.clamp_min(1e-6)
    climb = ((slope / ways.clamp_min(1e-6) - _ONE_WAY) / (1 - _ONE_WAY)).clamp(0, 1)
    # An oblique step is met along rows and along columns, but smeared over as many more cells.
    step = (_SPLIT * energy / slope.clamp_min(1e-6)).clamp_min(0)
    expected = _expected(fall_off, level)[..., 1:-1, 1:-1] * held
    step = step * climb * (_FASTER * expected / slope.clamp_min(1e-6)).clamp(max=1) ** 2
    step = torch.where(slope > _STILL * held, step, 0.0)
    away = (lit / held.clamp_min(1e-6) - 50) ** 2
    return step / (1 + 0.015 * away / (20 + away).sqrt()), pair * (held > _ENOUGH)


def _expected(fall_off: FallOff, level: Tensor) -> Tensor:
    """(B, 1, h - 1, w - 1) L* per cell that the smooth surface climbs."""
    light = F.interpolate(fall_off.light, level.shape[2:], mode="bilinear")
    here = light[..., 1:, 1:]
    climb = torch.hypot(here - light[..., 1:, :-1], here - light[..., :-1, 1:])
    return climb * (level[..., 1:, 1:] + 16) * (math.log(2) / 3)


def _differences(level: Tensor, sure: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """To the right and downwards, (B, 1, h - 1, w - 1) each, and 1 where all around is background."""
    here, inside = level[..., 1:, 1:], 1 - F.max_pool2d(1 - sure, 5, 1, 2)
    return here - level[..., 1:, :-1], here - level[..., :-1, 1:], inside[..., 1:, 1:]


def _median(x: Tensor, sure: Tensor) -> Tensor:
    """Of 5 cells along the last axis; what is not background stands aside as the cell itself."""
    padded = F.pad(x, (2, 2, 0, 0), mode="replicate")
    known = F.pad(sure, (2, 2, 0, 0))
    n = x.shape[-1]
    near = [torch.where(known[..., i : i + n] > 0, padded[..., i : i + n], x) for i in range(5)]
    return torch.stack(near).median(0).values
