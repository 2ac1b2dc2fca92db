"""The provider `metal`: what may be metal, jewellery on bare skin or an object on a ground."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.optics.edges import gaussian
from lightmeter.optics.filters import box_filter, spread
from lightmeter.optics.statistics import weighted_mean
from lightmeter.optics.transfer import luminance
from lightmeter.optics.upright import Upright, View, in_frame, resampled, upright
from lightmeter.see.glints import clustered, glints
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh, Matte
from lightmeter.see.topology import TEMPLE_LEFT, TEMPLE_RIGHT

VIEW = View(side=96, columns=288, rows=288, middle=-0.9)
"""From the eyes to 2.4 face widths below, the shoulders and half an arm; of a picture without a face, all."""
CLIPPED = 0.97
"""Linear: a primary above it has lost its colour."""
_CHIN, _NOSE = 152, 1
_GAP = 0.12
"""Face widths: what is up to twice as wide and has bare skin on either side of it lies on the skin."""
_SOLID = 0.05
"""Face widths: narrower pieces are no skin but hair and cloth of its colour."""
_LOCK = 0.05
"""Face widths: narrower pieces of the hair's colour below the chin may be gold under blond hair."""
_UNDER, _REACH = 0.05, 1.25
"""Face widths below and around the chin."""
_SCALE = 0.03
"""Face widths of a Gaussian, about one link of a chain."""
_RUGGED = 0.2
"""Stops within that scale. Skin reads 0.02 to 0.12, chains on rendered heads 0.25 (matte) to 1."""
_LINK = 0.03
"""Face widths: what is between the links, or mirrors the skin around it, belongs to the chain."""
_ALIKE = 0.25
"""Stops in any primary: what is nearer to the ground is seen through a ring, or is the ground."""
_APART = 0.4
"""Stops over the skin around it at which what has the colour of skin, as copper has, is not skin."""
_NOISE = 0.01
"""Linear luminance added before stops are taken, so that black is even."""
_NECK = 0.4
"""Face widths squared: an open collar and more. With less, cuffs, fingers and lapels pass for jewellery."""
_LEAST = 0.004
"""Of a face width squared: a small stud and its clasp, some 40 cells; four are highlights."""
_CHAIN_GLINT, _CHAIN_COUNT, _CHAIN_ROOM = 0.1, 3, 0.12
"""Stops of a glint on the neck, and how many within so many face widths make a chain."""
_RING_GLINT, _RING_COUNT, _RING_ROOM = 0.2, 4, 0.08
"""The same beside the face, where curls of hair glint, too."""
_STRETCH = 0.25
"""Face widths along a chain that one cluster of its glints stands for."""
_EARRING = 0.05
"""Face widths around an earring's glints that it fills."""
_EAR_IN, _EAR_OUT, _EAR_UNDER = 0.1, 0.28, 0.15
"""Face widths in from and out of the temples, and under the height of the chin, for earrings."""


@dataclass(frozen=True)
class Metal:
    """What may be metal, in a plane of its own: upright by the face, or the whole picture without one.

    linear: (B, 3, R, C) the plane's colours. unclipped: (B, 3, R, C) those of its unclipped pixels, and
    kept: (B, 1, R, C) their share. alpha: (B, 1, R, C), 1 or 0. skin: (B, 1, R, C) bare skin
    there. share: (B,) of the subject's area. face: (B,) bool, whether it lies on a person's skin.
    """

    linear: Tensor
    unclipped: Tensor
    kept: Tensor
    alpha: Tensor
    skin: Tensor
    share: Tensor
    face: Tensor
    plane: Upright
    refusals: tuple[Refusal, ...] = ()

    def to_frame(self, raster: Tensor, like: Tensor) -> Tensor:
        """(B, 1, H, W): a raster (B, 1, R, C) of the plane where it lies in a frame; 0 elsewhere."""
        height, width = like.shape[2:]
        y, x = (torch.arange(n, device=like.device) + 0.5 for n in (height, width))
        point = torch.stack((x[None].expand(height, -1), y[:, None].expand(-1, width)), dim=2)
        place = self.plane.from_frame(point.reshape(1, -1, 2).expand(len(raster), -1, -1))
        inside = ((place - constant((0.0, VIEW.middle), place)).abs() < 1.5).all(2)
        drawn = VIEW.sampled(raster, place[:, :, None])[:, 0, :, 0] * inside
        return drawn.reshape(-1, 1, height, width)


@provides
def metal(
    linear: Tensor, face: FaceMesh, subject: Matte, background: Matte, skin: Matte, hair: Matte
) -> Metal:
    """Find jewellery on a person, or take the whole object where nobody is.

    On a person, clusters of glints make jewellery. Below the face: what is rugged around them, neither skin
    nor hair, and with bare skin on either side within 0.24 face widths, as chains, pendants and chokers lie.
    Beside the face, from the nose's tip to below the chin: what is rugged around them and no skin, as
    earrings hang. So thin matte chains and plain studs are missed. Rings, frames of glasses, buttons and
    armour are not looked for. Without a face: the subject, which may be a person who looks away, since the
    network that finds people takes a third of bottles and cans for some.
    """
    plane = _plane(linear, face)
    colours, unclipped, kept = _colours(linear, plane)
    regions = torch.cat((subject.alpha, skin.alpha, hair.alpha), dim=1)
    body, bare, hairy = (resampled(regions, plane, VIEW) > 0.5).float()[:, :, None].unbind(1)
    inside = in_frame(linear, plane, VIEW.places(linear).expand(len(linear), -1, -1, -1), 0.02)[:, None]
    seen = (body > 0) & inside
    stops = torch.log2(luminance(colours) + _NOISE)
    below, beside = _below_face(plane, face), _beside_face(plane, face)
    clear = 1 - spread(_opened(hairy, _LOCK), round(_LINK * VIEW.side))
    solid = _opened(bare * clear, _SOLID)
    neck = (solid * inside * below).sum((1, 2, 3)) / VIEW.side**2
    open_neck = (neck > _NECK)[:, None, None, None]
    level = weighted_mean(stops.flatten(1), (bare * inside * ~below).flatten(1)).nan_to_num()
    necklace = _necklace(stops, level, bare, solid, seen & (clear > 0) & below & open_neck)
    earrings = _earrings(stops, level, bare, seen & beside)
    alpha = torch.where(
        face.present[:, None, None, None],
        necklace | earrings,
        (_within_rim(body) > 0) & inside & _unlike_ground(colours, background, linear),
    ).float()
    area = alpha.sum((1, 2, 3)) / VIEW.side**2
    share = area * plane.width**2 / subject.alpha.sum((1, 2, 3)).clamp_min(1)
    covered = Refusal(
        face.present & (area < _LEAST) & (neck < _NECK),
        "no earring glints, and bare skin below the face is {:.2f} face widths squared: necklaces need 0.4",
        neck,
    )
    none = Refusal(face.present & (area < _LEAST), "nothing by the ears or on bare skin glints as jewellery")
    refusals = (*subject.refusals, covered, none)
    return Metal(colours, unclipped, kept, alpha, bare, share.clamp(0, 1), face.present, plane, refusals)


def _colours(linear: Tensor, plane: Upright) -> tuple[Tensor, Tensor, Tensor]:
    """(B, 3, R, C) of all pixels of a cell, and of the unclipped, and (B, 1, R, C) the share of these."""
    kept = (linear.amax(1, keepdim=True) < CLIPPED).float()
    both = resampled(torch.cat((linear, linear * kept, kept), dim=1), plane, VIEW)
    every, sound, share = both[:, :3], both[:, 3:6], both[:, 6:]
    return every, sound / share.clamp_min(1e-4), share


def _within_rim(body: Tensor) -> Tensor:
    """An object (B, 1, R, C) less its outline: cells mixed with a paler ground would be highlights."""
    return 1 - spread(1 - body, 1)


def _necklace(stops: Tensor, level: Tensor, bare: Tensor, solid: Tensor, seen: Tensor) -> Tensor:
    """(B, 1, R, C) bool: what crosses bare skin, where it glints."""
    crossing = seen & (_closed(solid, _GAP) > 0)
    unlike = (bare < 1) | (stops - _around(stops, solid) > _APART)
    points = glints(stops, level, VIEW.side, _CHAIN_GLINT) * crossing
    chain = clustered(points, round(_CHAIN_ROOM * VIEW.side), _CHAIN_COUNT)
    strange = (crossing & (_ruggedness(stops) > _RUGGED) & unlike).float()
    along = spread(chain, round(_STRETCH * VIEW.side)) > 0
    return (_closed(strange, _LINK) > 0) & crossing & unlike & along


def _earrings(stops: Tensor, level: Tensor, bare: Tensor, seen: Tensor) -> Tensor:
    """(B, 1, R, C) bool: what hangs beside the face, where it glints."""
    points = glints(stops, level, VIEW.side, _RING_GLINT) * seen
    hung = clustered(points, round(_RING_ROOM * VIEW.side), _RING_COUNT)
    around = spread(hung, round(_EARRING * VIEW.side)) > 0
    return (
        around & seen & (_ruggedness(stops) > _RUGGED) & ((bare < 1) | (stops > level[:, None, None, None]))
    )


def _plane(linear: Tensor, face: FaceMesh) -> Upright:
    """The face's plane; without one, the view holds the frame, whose long side is three widths."""
    plane = upright(face.points, face.width)
    size = constant((linear.shape[3], linear.shape[2]), linear)
    width = size.amax() * VIEW.side / VIEW.columns
    centre = size / 2 + width * VIEW.middle * constant((0.0, 1.0), size)
    seen = face.present[:, None]
    return Upright(
        torch.where(seen, plane.origin, centre),
        torch.where(seen, plane.across, constant((1.0, 0.0), plane.across)),
        torch.where(seen, plane.up, constant((0.0, -1.0), plane.up)),
        torch.where(face.present, plane.width, width),
    )


def _below_face(plane: Upright, face: FaceMesh) -> Tensor:
    """(B, 1, R, C) bool: neck and chest, where necklaces lie."""
    chin = plane.from_frame(face.points[:, _CHIN : _CHIN + 1, :2].nan_to_num())[:, :1, None]
    offset = VIEW.places(chin) - chin
    distance: Tensor = offset.square().sum(3)
    return ((offset[..., 1] < -_UNDER) & (distance < _REACH**2))[:, None]


def _beside_face(plane: Upright, face: FaceMesh) -> Tensor:
    """(B, 1, R, C) bool: beside the cheeks, where earrings hang."""
    points = plane.from_frame(face.points[..., :2].nan_to_num())
    offset = VIEW.places(points)
    x, y = offset[..., 0], offset[..., 1]
    left, right = (points[:, i, 0, None, None] for i in (TEMPLE_LEFT, TEMPLE_RIGHT))
    top, bottom = points[:, _NOSE, 1, None, None], points[:, _CHIN, 1, None, None] - _EAR_UNDER
    on_left = (x > left - _EAR_OUT) & (x < left + _EAR_IN)
    on_right = (x > right - _EAR_IN) & (x < right + _EAR_OUT)
    beside: Tensor = (y < top) & (y > bottom) & (on_left | on_right)
    return beside[:, None]


def _unlike_ground(colours: Tensor, background: Matte, linear: Tensor) -> Tensor:
    """(B, 1, R, C) bool: some primary is a quarter of a stop off the background's mean."""
    step = slice(None, None, 4)
    seen = background.alpha[..., step, step].flatten(1)
    means = [weighted_mean(plane[..., step, step].flatten(1), seen) for plane in linear.unbind(1)]
    ground = torch.stack(means, dim=1).nan_to_num(torch.inf)[:, :, None, None]
    apart = (torch.log2(colours + _NOISE) - torch.log2(ground + _NOISE)).abs()
    unlike: Tensor = apart.amax(1, keepdim=True).gt(_ALIKE)
    return unlike


def _ruggedness(stops: Tensor) -> Tensor:
    """(B, 1, R, C) standard deviation of log2 luminance around each pixel."""
    both = gaussian(torch.cat((stops, stops * stops), dim=1), _SCALE * VIEW.side)
    mean, square = both[:, :1], both[:, 1:]
    return (square - mean * mean).clamp_min(0).sqrt()


def _around(stops: Tensor, region: Tensor) -> Tensor:
    """(B, 1, R, C) mean of stops over a region near each pixel."""
    both = box_filter(torch.cat((stops * region, region), dim=1), round(_GAP * VIEW.side))
    return both[:, :1] / both[:, 1:].clamp_min(1e-3)


def _closed(region: Tensor, reach: float) -> Tensor:
    """Gaps of up to twice `reach` face widths filled."""
    pixels = round(reach * VIEW.side)
    return 1 - spread(1 - spread(region, pixels), pixels)


def _opened(region: Tensor, reach: float) -> Tensor:
    """Pieces narrower than twice `reach` face widths left out."""
    return 1 - _closed(1 - region, reach)
