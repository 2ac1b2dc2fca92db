from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.background.edge_profiles import DEPTHS, EdgeProfiles
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.see.fine_matte import FineMatte

_UPPER = 0.8
_LEAST_PLACES = 40
_GLARE = 0.01
_RIMS = (-6, 3)
"""Steps at which a rim of two steps begins, from 12 pixels outside to 6 inside of a frame of 1024."""
_OUTSIDE, _INSIDE = (-16, -10), (8, 13)
_AWAY, _FARTHER = -16, (-32, -26)
"""The same band and outer side, 16 steps further out."""
_MOST_DOUBT = 0.5


@measurement(
    unit="stop",
    bounds=(0.0, 16.0),
    source="log2 luminance of a narrow band at the matte's edge over the brighter of both its sides",
    tolerance=0.15,
)
def edge_halo(edge_profiles: EdgeProfiles) -> PerImage:
    """How much brighter than both the subject and the backdrop beside it the edge between them is.

    The 80th percentile along the outline, so that a rim on a fifth of it counts, less that of the same
    reading made in the backdrop further out, where no edge is: texture and gradients make that much of a
    rim anywhere. 0 where there is none. The error is that reading. A hundredth of white is added to both.
    A thin rim of light on the subject counts too: it makes the same trouble.
    Not measured without a subject and a backdrop, where less than 8 % of the outline is a clean edge in
    the frame, and where the backdrop's own texture makes rims of more than 0.5 stops.
    """
    rim, own = _rims(edge_profiles)
    value, doubt = (weighted_quantile(each, edge_profiles.weight, _UPPER) for each in (rim, own))
    places = edge_profiles.weight.sum(1)
    return (
        PerImage((value - doubt).clamp(0, 16), error=doubt.nan_to_num().clamp_min(0))
        .refusing(edge_profiles.refusals)
        .unless(
            places < _LEAST_PLACES,
            "{:.0f} % of the outline is a clean edge in the frame: 8 are needed",
            100 * places / edge_profiles.weight.shape[1],
        )
        .unless(doubt > _MOST_DOUBT, "the backdrop's texture makes rims of {:.1f} stops itself", doubt)
    )


def _rims(profiles: EdgeProfiles) -> tuple[Tensor, Tensor]:
    """(B, N) stops of the brightest narrow band over both sides of the edge; and in the backdrop."""
    stops = torch.log2(luminance(profiles.linear)[:, 0] + _GLARE)
    beside = torch.maximum(_mean(stops, *_OUTSIDE), _mean(stops, *_INSIDE))
    return _brightest(stops, 0) - beside, _brightest(stops, _AWAY) - _mean(stops, *_FARTHER)


def _brightest(stops: Tensor, middle: int) -> Tensor:
    return torch.stack([_mean(stops, middle + at, middle + at + 1) for at in range(*_RIMS)]).amax(0)


def _mean(stops: Tensor, nearest: int, farthest: int) -> Tensor:
    """(B, N) from (B, N, K): over these depths, both included."""
    return stops[..., nearest - DEPTHS[0] : farthest - DEPTHS[0] + 1].mean(2)


@overlay("edge_halo")
def halo_marks(edge_profiles: EdgeProfiles, fine_matte: FineMatte) -> Marks:
    """A stroke across the edge at each place that was read, apart where it is brighter than both sides; and
    where the matte is unsure, so that nothing was read.
    """
    seen, bright = edge_profiles.weight > 0, _rims(edge_profiles)[0] > 0.1
    strokes = edge_profiles.strips(-4, 3)
    lit, plain = (
        torch.where((seen & side)[..., None, None], strokes, torch.nan) for side in (bright, ~bright)
    )
    areas = {"matte unsure": fine_matte.doubt}
    return Marks(areas=areas, paths={"bright rim": lit, "edge without a rim": plain})
