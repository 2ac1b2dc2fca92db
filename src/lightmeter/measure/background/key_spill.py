from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.background.edge_profiles import EdgeProfiles
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.colour import delta_e00, lab
from lightmeter.optics.statistics import weighted_quantile

_EDGE, _DEEP = (3, 6), (16, 22)
"""Steps of 1/512 of the long side inside the outline: the band that is read, and the subject's own colour."""
_NEAR, _FAR = (-12, -7), (-18, -13)
_UPPER = 0.8
_LEAST_PLACES = 40
_COLOURED = 15.0
"""Chroma of CIE Lab from which a backdrop can colour anything: 15 is a wall that is seen as tinted."""
_EVEN = 4.0
"""deltaE00 between the nearer and the farther half of the backdrop beside a place."""
_FADE = 0.1


@measurement(
    unit="deltaE00",
    bounds=(0.0, 100.0),
    source="backdrop-coloured light solved for at the subject's edge, as the CIEDE2000 that it makes",
    tolerance=1.5,
    exposure="free",
)
def key_spill(edge_profiles: EdgeProfiles) -> PerImage:
    """How far light of the backdrop's colour shifts the subject's edge: cheeks, ears, nose, hair, shoulders.

    The opponent colours of a band 3 to 6 steps of 1/512 of the long side inside the outline are solved for
    a gain of the subject's own, 16 to 22 steps inside, plus light of the backdrop's colour beside it, so
    that neither shading nor white light counts. The 80th percentile along the outline, so that a fifth of
    it counts, less what the 20th goes the other way: the subject's own colours vary to either side, and
    light only adds. The error is that.
    Not measured without a subject and a backdrop, and where less than 8 % of the outline is a clean edge
    in the frame before a plain backdrop of a chroma of 15.
    """
    shift, weight = _shifts(edge_profiles)
    value = weighted_quantile(shift, weight, _UPPER)
    doubt = -weighted_quantile(shift, weight, 1 - _UPPER)
    chroma = weighted_quantile(_chroma(edge_profiles.mean(_FAR[0], _NEAR[1])), edge_profiles.weight, 0.5)
    places = weight.sum(1)
    few = places < _LEAST_PLACES
    return (
        PerImage((value - doubt.clamp_min(0)).clamp(0, 100), error=doubt.nan_to_num().clamp_min(0))
        .refusing(edge_profiles.refusals)
        .unless(
            few & (chroma < _COLOURED),
            "the backdrop has no colour to spill: a chroma of {:.0f}, 15 are needed",
            chroma,
        )
        .unless(
            few,
            "{:.0f} % of the outline is a clean edge before a plain, coloured backdrop: 8 are needed",
            100 * places / weight.shape[1],
        )
    )


def _shifts(profiles: EdgeProfiles) -> tuple[Tensor, Tensor]:
    """(B, N) deltaE00 of spill at the edge, with its sign, and which places tell."""
    near, far = profiles.mean(*_NEAR), profiles.mean(*_FAR)
    key = (near + far) / 2
    coloured = _chroma(key) >= _COLOURED
    even = delta_e00(lab(near), lab(far)) <= _EVEN
    shift = _spill(profiles.mean(*_EDGE), profiles.mean(*_DEEP), key)
    return shift, profiles.weight * profiles.sharp * coloured * even


def _chroma(linear: Tensor) -> Tensor:
    _, a, b = lab(linear).unbind(1)
    return torch.hypot(a, b)


def _spill(edge: Tensor, own: Tensor, key: Tensor) -> Tensor:
    """(B, N) deltaE00 by which light of colour `key` moved `own` to `edge`; all (B, 3, N) scene-linear.

    Least squares for edge = gain own + amount key in opponent planes, where white light is nothing. The
    gain is drawn to the ratio of luminances with a strength of 0.1 of the backdrop's chroma.
    """
    there, mine, light = (torch.stack((c[:, 0] - c[:, 1], c[:, 2] - c[:, 1]), 1) for c in (edge, own, key))
    strength = (_FADE * light).square().sum(1)
    gain = (edge.sum(1) / own.sum(1).clamp_min(1e-4)).clamp(0.25, 4.0)
    aa, bb = mine.square().sum(1) + strength, light.square().sum(1).clamp_min(1e-9)
    ab = (mine * light).sum(1)
    ya, yb = (there * mine).sum(1) + strength * gain, (there * light).sum(1)
    amount = (aa * yb - ab * ya) / (aa * bb - ab * ab).clamp_min(1e-12)
    size = amount.abs().clamp(max=1.0)[:, None] * key
    without = torch.where(amount[:, None] > 0, (edge - size).clamp_min(0), edge + size)
    return delta_e00(lab(edge), lab(without)) * amount.sign()


@overlay("key_spill")
def spill_marks(edge_profiles: EdgeProfiles) -> Marks:
    """A stroke along the way inwards at each place that was read, apart where 3 deltaE00 of spill is seen."""
    shift, weight = _shifts(edge_profiles)
    strokes, seen, spilt = edge_profiles.strips(*_EDGE), weight > 0, shift > 3
    tinted, clean = (
        torch.where((seen & side)[..., None, None], strokes, torch.nan) for side in (spilt, ~spilt)
    )
    return Marks(paths={"key-coloured edge": tinted, "edge without spill": clean})
