from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.background.edge_profiles import EdgeProfiles, sampled
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.filters import spread
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.see.fine_matte import FineMatte
from lightmeter.see.regions import FaceMesh, Matte

_FINE, _REACH = 0.25, 8
"""Samples across the outline are this many of the profiles' steps apart, to so many steps either side: half a
pixel and 16 pixels of a frame of 1024, which is how far the fine matte pulls coverage outwards."""
_ALONG = (-1.0, 0.0, 1.0)
"""Steps along the outline that each sample is the mean of; a straight edge is left as it is."""
_NONE, _ALL = 0.1, 0.9
_QUARTERS, _FULLER, _THINNER = (0.25, 0.75), 1.3, 3.0
"""An edge is one step that something blurs: from 10 to 90 % it takes 1.6 times as long as from a quarter to
three quarters if that is a box, 1.9 under Gauss, 2.3 under an exponential. A seam or a lighter rim that is
taken for half backdrop makes a landing of 1.1 or of 5 instead."""
_UNEVEN = 0.15
"""Coverage by which it may fall again on the way in."""
_HAIR = 1 / 64
"""Share of the long side beside hair where an edge is strands and not an outline."""
_LEAST_PLACES = 26
_SOLID = 0.98
"""Coverage on either side of a transition, or there is none to speak of."""


@measurement(
    unit="%",
    bounds=(0.0, 100.0),
    source="10-90 % width of coverage across the outline, median, over the face's width",
    tolerance=0.4,
    rescale="free",
)
def matte_edge_width(
    edge_profiles: EdgeProfiles, fine_matte: FineMatte, hair: Matte, face: FaceMesh
) -> PerImage:
    """How soft the subject's outline is, hair aside: the way in which its coverage rises from 10 to 90 %.

    In percent of the face's width. A subject pasted with a hard edge reads what one pixel of the frame is,
    0.8 pixels; a lens a few; a soft brush or a feathered mask many. An edge that is an error function of
    deviation s is 2.56 s wide. Only single steps of coverage count. The median along the outline; the error
    is its standard error by the quartiles. Light that the backdrop throws on the edge looks like half
    coverage: 10 % of the backdrop's widens it by half a pixel. A picture's pixels bound it from below, so it
    is not the same at another size.
    Not measured without a face and a backdrop, where less than 5 % of the outline is a clean edge away from
    hair, and where its coverage does not reach all and none within 1/64 of the long side.
    """
    width, weight = _widths(edge_profiles, fine_matte, hair)
    lower, middle, upper = (weighted_quantile(width, weight, q) for q in (0.25, 0.5, 0.75))
    places = weight.sum(1)
    percent = 100 / face.width
    # Of a median under Gauss: 1.25 deviations, each 0.74 of the quartiles' distance, over the root of n.
    error = 1.25 * 0.74 * (upper - lower) / places.clamp_min(1).sqrt() * percent
    return (
        PerImage((middle * percent).clamp(0, 100), error=error.nan_to_num().clamp_min(0))
        .refusing((*face.refusals, *edge_profiles.refusals))
        .unless(
            places < _LEAST_PLACES,
            "{:.0f} % of the outline is a clean edge away from hair: 5 are needed",
            100 * places / weight.shape[1],
        )
    )


def _widths(profiles: EdgeProfiles, matte: FineMatte, hair: Matte) -> tuple[Tensor, Tensor]:
    """(B, N) frame pixels from 10 to 90 % coverage, and which places have both ends and no hair."""
    count = round(_REACH / _FINE)
    depth = torch.arange(-count, count + 1, device=matte.alpha.device) * (_FINE * profiles.step)
    tangent = torch.stack((-profiles.inward[..., 1], profiles.inward[..., 0]), dim=2)
    planes = torch.cat((matte.alpha, _near(hair)), 1)
    walks = []
    for along in _ALONG:
        start = profiles.place + along * profiles.step * tangent
        walks.append(sampled(planes, start[:, :, None] + depth[:, None] * profiles.inward[:, :, None]))
    alpha, hairy = torch.stack(walks).mean(0).unbind(1)
    whole = (alpha[..., -1] > _SOLID) & (alpha[..., 0] < 1 - _SOLID)
    free = hairy[..., count] < 0.5
    high, low = alpha.cummax(2).values, alpha.flip(2).cummin(2).values.flip(2)
    # Made to rise throughout, so that grain makes no edge of its own.
    risen = (high + low) / 2
    width, quarters = _between(risen, _NONE, _ALL), _between(risen, *_QUARTERS)
    step = (width >= _FULLER * quarters) & (width <= _THINNER * quarters) & ((high - low).amax(2) < _UNEVEN)
    return width * _FINE * profiles.step, profiles.weight * whole * free * step


def _between(risen: Tensor, low: float, high: float) -> Tensor:
    """(B, N) samples that coverage (B, N, K), which rises, takes between two levels, straight from one to the
    next."""
    before, after = risen[..., :-1], risen[..., 1:]
    rise, inside = after - before, after.clamp(low, high) - before.clamp(low, high)
    level = ((before > low) & (before < high)).to(risen.dtype)
    return torch.where(rise > 1e-4, inside / rise.clamp_min(1e-4), level).sum(2)


def _near(hair: Matte) -> Tensor:
    return spread(hair.alpha, max(1, round(_HAIR * max(hair.alpha.shape[2:]))))


@overlay("matte_edge_width")
def edge_marks(edge_profiles: EdgeProfiles, fine_matte: FineMatte, hair: Matte) -> Marks:
    """A stroke across the outline at each place that was read, as long as the edge is wide."""
    width, weight = _widths(edge_profiles, fine_matte, hair)
    half = (width / 2)[..., None] * edge_profiles.inward
    strokes = torch.stack((edge_profiles.place - half, edge_profiles.place + half), dim=2)
    return Marks(paths={"width of the edge": torch.where((weight > 0)[..., None, None], strokes, torch.nan)})
