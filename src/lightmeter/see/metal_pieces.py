"""Pieces that glint as metal does, of one place of a portrait's plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.optics.edges import gaussian
from lightmeter.optics.filters import box_filter, spread
from lightmeter.optics.statistics import weighted_mean
from lightmeter.see.glints import clustered, glints
from lightmeter.see.metal_frames import frames
from lightmeter.see.metal_names import ANYWHERE, CLOTHES, EARS, EYES, FINGERS, NECK, WRISTS
from lightmeter.see.metal_places import VIEW

_LINK = 0.03
"""Face widths: what is between the links, or mirrors the skin around it, belongs to the chain."""
_LOCK, _SOLID = 0.05, 0.05
"""Face widths: narrower pieces of the hair's colour below the chin may be gold under blond hair, and narrower
pieces of the skin's are hair and cloth of its colour."""
NECK_BARE, _NECK_NAMED = 0.4, 0.1
"""Face widths squared of bare skin below the chin: an open collar and more. With less, cuffs and lapels pass
for jewellery. The latter where a necklace is named."""
_GAP = 0.12
"""Face widths: what is up to twice as wide and has bare skin on either side of it lies on the skin."""
_SCALE = 0.03
"""Face widths of a Gaussian, about one link of a chain."""
_APART = 0.4
"""Stops over the skin around it at which what has the colour of skin, as copper has, is not skin."""
_STRETCH = 0.25
"""Face widths along a chain that one cluster of its glints stands for."""
_EARRING = 0.05
"""Face widths around an earring's glints that it fills."""
_DEPTH, _BETWEEN, _DARKEST = 4.0, 0.01, -20.0
"""Stops from a highlight down to the darkest of its body, half of the face widths between two parts of it,
and stops below all."""


@dataclass(frozen=True)
class Demand:
    """What makes metal: `count` glints of `glint` stops in a square of `room` face widths to each side; and
    of what lies around them, at least `rugged` stops of deviation within the scale of a link."""

    glint: float
    count: int
    room: float
    rugged: float


_NEVER = Demand(0.2, 10_000, 0.12, 0.2)
UNASKED = {
    NECK: Demand(0.1, 3, 0.12, 0.2),
    EARS: Demand(0.25, 3, 0.08, 0.2),
    FINGERS: Demand(0.1, 3, 0.06, 0.2),
    WRISTS: Demand(0.1, 5, 0.10, 0.2),
}
"""What is safe where nothing is named. Skin's ruggedness reads 0.02 to 0.12 stops, that of chains on
rendered heads 0.25 (matte) to 1. Of 49 portraits without metal by eye, 2 have something by the ears, none on
fingers or wrists; of those with earrings 5 of 12 have it (fit half), of those with rings 3 of 5."""
ASKED = {
    NECK: Demand(0.1, 2, 0.12, 0.2),
    EARS: Demand(0.25, 2, 0.08, 0.2),
    FINGERS: Demand(0.1, 2, 0.06, 0.2),
    WRISTS: Demand(0.1, 2, 0.10, 0.2),
    CLOTHES: Demand(0.3, 2, 0.08, 0.2),
    ANYWHERE: Demand(0.25, 4, 0.08, 0.2),
}
"""What does where it is named. Of 25 portraits without metal (fit half) 4 have as much by the ears, 4 on the
neck, 1 on fingers; of those with earrings 6 of 12, necklaces 7 of 9, rings 4 of 5. Glints of 0.2 stops by the
ears would find 1 more of these and 4 more of the others. On clothes half of all pictures have single glints:
lace, seams, lettering."""


@dataclass(frozen=True)
class Looked:
    """A plane as it is searched, all (B, 1, R, C): stops of luminance, strength of glints, the ruggedness
    around each cell; 1 where it is bare skin, where it is skin clear of hair, and where hair is far;
    level: (B,) stops of the face."""

    stops: Tensor
    glints: Tensor
    rugged: Tensor
    bare: Tensor
    solid: Tensor
    clear: Tensor
    level: Tensor


def looked(stops: Tensor, bare: Tensor, hairy: Tensor, face: Tensor) -> Looked:
    """What all places are searched by. bare, hairy: (B, 1, R, C) 1 or 0; face: bool, above the neck."""
    clear = 1 - spread(opened(hairy, _LOCK), round(_LINK * VIEW.side))
    level = weighted_mean(stops.flatten(1), (bare * face).flatten(1)).nan_to_num()
    peaks = glints(stops, level, VIEW.side)
    return Looked(stops, peaks, ruggedness(stops), bare, opened(bare * clear, _SOLID), clear, level)


def named(asked: Sequence[frozenset[str]], like: Tensor) -> dict[str, Tensor]:
    """By place, (B,) bool: in which images something there is named; only places that any image names."""
    every = frozenset[str]().union(*asked)
    return {
        place: constant(tuple(place in each for each in asked), like, torch.bool) for place in sorted(every)
    }


def found(
    seen: Looked, where: Mapping[str, Tensor], asked: Mapping[str, Tensor], point: Tensor
) -> tuple[Tensor, Tensor]:
    """(B, 1, R, C) bool: pieces of metal in any place; and (B,) face widths squared of a bare neck.

    point: (B, 478, 2) the mesh, in face widths of the plane.
    """
    nobody = torch.zeros_like(seen.level, dtype=torch.bool)
    neck = (seen.solid * where[NECK]).sum((1, 2, 3)) / VIEW.side**2
    bare = neck > torch.where(asked.get(NECK, nobody), _NECK_NAMED, NECK_BARE)
    below = where[NECK] & (seen.clear > 0) & bare[:, None, None, None]
    pieces = necklace(seen, below, asked.get(NECK, nobody))
    for place in (EARS, FINGERS, WRISTS):
        pieces = pieces | hung(seen, where[place], asked.get(place, nobody), place)
    for place in asked.keys() & {CLOTHES, ANYWHERE}:
        pieces = pieces | hung(seen, where[place], asked[place], place)
    if EYES in asked:
        rims = frames(seen.stops, seen.glints, point, where[EYES])
        pieces = pieces | (rims & asked[EYES][:, None, None, None])
    return pieces, neck


def clusters(seen: Looked, where: Tensor, asked: Tensor, place: str) -> tuple[Tensor, Tensor]:
    """Peaks of clustered glints of `where` (B, 1, R, C) bool, and the ruggedness asked for (B, 1, 1, 1).

    asked: (B,) bool, whether something there is named; then less is demanded.
    """
    plain, weak = UNASKED.get(place, _NEVER), ASKED[place]
    less = asked[:, None, None, None]
    least = torch.where(less, weak.glint, plain.glint)
    count = torch.where(less, float(weak.count), float(plain.count))
    points = ((seen.glints > least) & where).float()
    kept = clustered(points, round(weak.room * VIEW.side), count)
    return kept, torch.where(less, weak.rugged, plain.rugged)


def necklace(seen: Looked, where: Tensor, asked: Tensor) -> Tensor:
    """(B, 1, R, C) bool: what crosses bare skin, where it glints."""
    crossing = where & (closed(seen.solid, _GAP) > 0)
    unlike = (seen.bare < 1) | (seen.stops - _around(seen.stops, seen.solid) > _APART)
    chain, rugged = clusters(seen, crossing, asked, NECK)
    strange = (crossing & (seen.rugged > rugged) & unlike).float()
    along = spread(chain, round(_STRETCH * VIEW.side)) > 0
    return (closed(strange, _LINK) > 0) & crossing & unlike & along


def hung(seen: Looked, where: Tensor, asked: Tensor, place: str) -> Tensor:
    """(B, 1, R, C) bool: what is rugged around a cluster of glints, no skin, and of the glints' own body.

    That is what is at most `_DEPTH` stops dimmer than the brightest glint near, and what lies between: hair
    behind an earring is no dark part of it, and would be its median.
    """
    points, rugged = clusters(seen, where, asked, place)
    reach = round(_EARRING * VIEW.side)
    peak = spread((seen.stops - _DARKEST) * points, reach)
    bright = (peak > 0) & (seen.stops - _DARKEST > peak - _DEPTH)
    unlike = (seen.bare < 1) | (seen.stops > seen.level[:, None, None, None])
    body = closed((bright & unlike).float(), _BETWEEN) > 0
    return body & (peak > 0) & where & (seen.rugged > rugged) & unlike


def ruggedness(stops: Tensor) -> Tensor:
    """(B, 1, R, C) standard deviation of log2 luminance around each pixel."""
    both = gaussian(torch.cat((stops, stops * stops), dim=1), _SCALE * VIEW.side)
    mean, square = both[:, :1], both[:, 1:]
    return (square - mean * mean).clamp_min(0).sqrt()


def _around(stops: Tensor, region: Tensor) -> Tensor:
    """(B, 1, R, C) mean of stops over a region near each pixel."""
    both = box_filter(torch.cat((stops * region, region), dim=1), round(_GAP * VIEW.side))
    return both[:, :1] / both[:, 1:].clamp_min(1e-3)


def closed(region: Tensor, reach: float) -> Tensor:
    """Gaps of up to twice `reach` face widths filled."""
    pixels = round(reach * VIEW.side)
    return 1 - spread(1 - spread(region, pixels), pixels)


def opened(region: Tensor, reach: float) -> Tensor:
    """Pieces narrower than twice `reach` face widths left out."""
    return 1 - closed(1 - region, reach)
