from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.measure.background.clutter import Clutter
from lightmeter.measure.background.fall_off import FallOff, stops
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.filters import box_filter, spread
from lightmeter.optics.statistics import weighted_quantiles
from lightmeter.see.regions import Matte

_NEAR, _FAR = (0.0, 0.06), (0.12, 0.2)
"""Shares of the long side from the unsure edge: where a contact shadow falls, and where it has ended."""
_LOWER = 0.25
"""Quantile of a band: a shadow need not fill it."""
_SECTORS = 8
_LEAST = 0.002
"""Least share of the frame in a sector's near band."""
_OVERHEAD = 0.75
"""Sine above which an outward direction is up: lights stand there, shadows do not."""


@measurement(
    unit="stop",
    bounds=(0.0, 8.0),
    source="log2 luminance of the backdrop beside the subject, less the smooth surface and the band beyond",
    tolerance=0.15,
)
def contact_shadow(fall_off: FallOff, subject: Matte, clutter: Clutter) -> PerImage:
    """How much darker the backdrop is beside the subject on its darkest side: 0 where no shadow falls on it.

    The lower quartiles of bands up to 0.06 and from 0.12 to 0.2 long sides away in eight directions, all but
    upwards; both relative to the smooth surface, and the further one taken off, so that a dark room is no
    shadow. A bright rim all around is none either. Luminance below 0.002 counts as black.
    Not measured where the background is unknown, under 2 % of the frame, a quarter of it things, whose darks
    would pass for shadows, or nowhere beside the subject.
    """
    dip = _dips(fall_off, subject)
    known = dip.isfinite()
    value = torch.where(known, dip, torch.inf).amin(1).neg().clamp(0, 8)
    return (
        PerImage(value)
        .refusing((*fall_off.refusals, clutter.crowded))
        .unless(~known.any(1), "no backdrop is in the frame beside the subject")
    )


@overlay("contact_shadow")
def shadow(fall_off: FallOff, subject: Matte) -> Marks:
    """The band beside the subject where it is darker than the smooth surface by a quarter stop."""
    near, _ = _bands(fall_off, F.interpolate(subject.alpha, fall_off.light.shape[2:], mode="area"))
    dark = near * (_darkening(fall_off) < -0.25)
    return Marks(areas={"shadow on the backdrop": dark})


def _dips(fall_off: FallOff, subject: Matte) -> Tensor:
    """(B, 8) stops that each side's near band is above the surface and its far band; NaN where unseen."""
    size = fall_off.light.shape[2:]
    cover = F.interpolate(subject.alpha, size, mode="area")
    x, y = _outward(cover)
    turns = torch.arange(_SECTORS, device=x.device)[:, None, None] * (2 * math.pi / _SECTORS)
    here = (x * turns.cos() - y * turns.sin() > math.cos(math.pi / _SECTORS)) & (-y < _OVERHEAD)
    near, far = ((band * here).flatten(2) for band in _bands(fall_off, cover))
    left = _darkening(fall_off).flatten(1)
    beside, beyond = weighted_quantiles(left, torch.cat((near, far), 1), _LOWER).chunk(2, dim=1)
    return torch.where(near.mean(2) >= _LEAST, beside - beyond.nan_to_num(), torch.nan)


def _darkening(fall_off: FallOff) -> Tensor:
    """(B, 1, h, w) stops that cells are above the surface."""
    return stops(fall_off.colour[:, :1]) - stops(fall_off.surface[:, :1])


def _bands(fall_off: FallOff, cover: Tensor) -> tuple[Tensor, Tensor]:
    """(B, 1, h, w) 1 on sure background near the subject, whose share of each cell is `cover`, and beyond."""
    size = cover.shape[2:]
    touched = (cover > 0.05).to(cover.dtype)
    sure = (fall_off.share > 0.5).to(touched.dtype)
    margin = 1 / 64

    def within(share: float) -> Tensor:
        return spread(touched, max(1, round((share + margin) * max(size))))

    near = within(_NEAR[1]) * sure
    return near, (within(_FAR[1]) - within(_FAR[0])) * sure


def _outward(cover: Tensor) -> tuple[Tensor, Tensor]:
    """(B, 1, h, w) x right, y down of the unit vector away from the subject."""
    reach = max(1, round(0.12 * max(cover.shape[2:])))
    soft = box_filter(box_filter(cover, reach), reach)
    x = F.pad(soft[..., :-2] - soft[..., 2:], (1, 1, 0, 0), mode="replicate")
    y = F.pad(soft[..., :-2, :] - soft[..., 2:, :], (0, 0, 1, 1), mode="replicate")
    length = torch.hypot(x, y).clamp_min(1e-9)
    return x / length, y / length
