from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.measure.light.beam import Beam
from lightmeter.measure.light.catchlight_key import CatchlightKey
from lightmeter.measure.light.half_keys import HalfKeys
from lightmeter.measure.light.neck_key import NeckKey
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.constants import constant
from lightmeter.see.facets import Facets
from lightmeter.see.provide import provides
from lightmeter.see.regions import FaceMesh

_BRIDGE = 168
_RING = 0.012
"""Face widths: a third of what lies between cells of the neck."""
_HALF_OFF = 10.0
"""Degrees that a half is off beside the spread of what is believed of it: under the single flash of Yale B a
half with a spread of 10 to 16 is 14 off, root mean square, one with 22 to 40 is 24."""
_EYES_OFF = 15.0
"""Degrees, root mean square, from the flash of Yale B to what the eyes say; its median is 10."""
_NECK_OFF = 25.0
"""Degrees from the least azimuth that a neck's balance asks for to what the face says: 2 to 34 on the eight
faces with a key whose necks speak."""
_UNSURE = 50.0
"""Degrees of error over which even keys 90 degrees apart would hardly tell: no answer, then, and no pass."""


@dataclass(frozen=True)
class KeyWitnesses:
    """What speaks of the key independently: the left half of the face, its right half, the eyes, the neck.

    direction: (B, 4, 3) unit, the witnesses on dim 1. error: (B, 4) root mean square degrees by which
    each is off. known: (B, 4) whether each has a direction.
    """

    direction: Tensor
    error: Tensor
    known: Tensor


@provides
def key_witnesses(half_keys: HalfKeys, catchlight_key: CatchlightKey, neck_key: NeckKey) -> KeyWitnesses:
    """The halves' word, the eyes' and the neck's, each with its error."""
    eyes_off = torch.full_like(half_keys.spread[:, :1], _EYES_OFF)
    neck_off = torch.full_like(eyes_off, _NECK_OFF)
    halves_off = torch.hypot(half_keys.spread, torch.full_like(half_keys.spread, _HALF_OFF))
    direction = torch.cat((half_keys.direction, catchlight_key.direction[:, None]), dim=1)
    known = torch.cat((half_keys.known, catchlight_key.known[:, None]), dim=1)
    return KeyWitnesses(
        torch.cat((direction, _of_the_neck(neck_key, direction, known)[:, None]), dim=1),
        torch.cat((halves_off, eyes_off, neck_off), dim=1),
        torch.cat((known, neck_key.known[:, None]), dim=1),
    )


def _of_the_neck(neck: NeckKey, others: Tensor, known: Tensor) -> Tensor:
    """(B, 3) unit: its azimuth, at the mean height of the others (B, 3, 3), for it tells none of its own."""
    up = torch.where(known, others[..., 1], 0).sum(1) / known.sum(1).clamp_min(1)
    azimuth, level = torch.deg2rad(neck.azimuth), torch.sqrt(1 - up**2)
    return torch.stack((level * torch.sin(azimuth), up, level * torch.cos(azimuth)), dim=1)


@measurement(
    unit="deg",
    bounds=(0.0, 180.0),
    source="Lambert's law on the halves of a face (lightmeter.measure.light.half_keys) and on the neck; the "
    "cornea's mirror",
    tolerance=15.0,
    rescale="free",
)
def light_conflict(key_witnesses: KeyWitnesses, facets: Facets, beam: Beam) -> PerImage:
    """How far apart the face's halves, its eyes and its neck place the key, beyond their own error.

    The root of the mean of angle^2 - s^2 over pairs of estimates, where s is the error that the two have
    together (some 30 degrees for the halves) and pairs count by 1 / s^2: one light reads 0 more often than
    not, halves lit from different sides 60 and more. Two lamps that light both halves alike are not told
    from one; patterned light, lamps on either side, separate eye lights and a gaze aside count as
    conflict. The neck speaks where it is bare, seen head-on and plainly brighter on one side: on one portrait
    in eleven. Unmoved by exposure and mirror; small pictures lose the eyes' word.
    Not measured without a face, where fewer than two of the four have a direction, as in flat light, where
    their error is over 50 degrees, and under a beam, whose edges no direction of light explains.
    """
    direction, known = key_witnesses.direction, key_witnesses.known
    one, other = torch.triu_indices(known.shape[1], known.shape[1], 1, device=direction.device).unbind()
    cosine = (direction[:, one] * direction[:, other]).sum(2).clamp(-1, 1)
    angle = torch.rad2deg(torch.acos(cosine))
    variance = key_witnesses.error[:, one] ** 2 + key_witnesses.error[:, other] ** 2
    weight = (known[:, one] & known[:, other]) / variance
    total = weight.sum(1)
    excess = (weight * (angle**2 - variance)).sum(1) / total.clamp_min(1e-9)
    error = torch.where(total > 0, total, torch.nan).rsqrt()
    count = known.sum(1)
    few = "{:.0f} of face halves, eyes and neck show a direction of the light: two are needed"
    return (
        PerImage(excess.clamp_min(0).sqrt(), error=error)
        .refusing(facets.refusals)
        .unless(beam.found, "a beam's edges lie on the face: they would count as conflict")
        .unless(count < 2, few, count)
        .unless(
            error > _UNSURE, "the keys of face halves, eyes and neck are only known to {:.0f} degrees", error
        )
    )


@overlay("light_conflict")
def keys_by_witness(key_witnesses: KeyWitnesses, neck_key: NeckKey, face: FaceMesh) -> Marks:
    """An arrow from each estimate's light to the bridge of the nose, a face width long where it comes square
    from the side; a ring around each cell of the neck that was compared with its opposite."""
    tip = face.points[:, _BRIDGE, :2]
    reach = key_witnesses.direction[..., :2] * constant((1.0, -1.0), tip) * face.width[:, None, None]
    tail = tip[:, None] + reach
    cone = key_witnesses.error[..., None]
    arrows = torch.cat((tail, tip[:, None].expand_as(tail), cone), dim=2)
    arrows = torch.where(key_witnesses.known[..., None], arrows, torch.nan)
    labels = ("key of the left half", "key of the right half", "key in the eyes", "key on the neck")
    return Marks(
        arrows={label: arrows[:, i : i + 1] for i, label in enumerate(labels)},
        rings={"neck": _compared(neck_key, face)},
    )


def _compared(neck: NeckKey, face: FaceMesh) -> Tensor:
    """(B, N, 3) x, y and radius; NaN where the neck does not speak."""
    radius = (_RING * face.width)[:, None, None].expand(-1, neck.places.shape[1], 1)
    rings = torch.cat((neck.places, radius), dim=2)
    return torch.where(neck.known[:, None, None], rings, torch.nan)
