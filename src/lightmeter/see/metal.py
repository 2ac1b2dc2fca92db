"""The provider `metal`: what may be metal, jewellery on bare skin or an object on a ground."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.optics.edges import gaussian
from lightmeter.optics.filters import box_filter, spread
from lightmeter.optics.statistics import weighted_mean
from lightmeter.optics.transfer import luminance
from lightmeter.optics.upright import Upright, View, in_frame, resampled, upright
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh, Matte

VIEW = View(side=96, columns=288, rows=288, middle=-0.9)
"""From the eyes to 2.4 face widths below, the shoulders and half an arm; of a picture without a face, all."""
_CHIN = 152
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
_LEAST = 0.02
"""Of a face width squared, as a chain a fiftieth of a face width thick: some 20 cells are highlights."""


@dataclass(frozen=True)
class Metal:
    """What may be metal, in a plane of its own: upright by the face, or the whole picture without one.

    linear: (B, 3, R, C) the plane's colours. alpha: (B, 1, R, C), 1 or 0. skin: (B, 1, R, C) bare skin
    there. share: (B,) of the subject's area. face: (B,) bool, whether it lies on a person's skin.
    """

    linear: Tensor
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
        inside = ((place - place.new_tensor((0.0, VIEW.middle))).abs() < 1.5).all(2)
        drawn = VIEW.sampled(raster, place[:, :, None])[:, 0, :, 0] * inside
        return drawn.reshape(-1, 1, height, width)


@provides
def metal(
    linear: Tensor, face: FaceMesh, subject: Matte, background: Matte, skin: Matte, hair: Matte
) -> Metal:
    """Find jewellery on a person, or take the whole object where nobody is.

    On a person: rugged, neither skin nor hair, below the face, and with bare skin on either side of it
    within 0.24 face widths, as chains, pendants and chokers lie. Collars and straps that cross skin look
    the same from here: the colours of their highlights tell them. Earrings against hair or backdrop, rings,
    frames of glasses, buttons and armour are not looked for. Without a face: the subject.
    """
    plane = _plane(linear, face)
    colours = resampled(linear, plane, VIEW)
    regions = torch.cat((subject.alpha, skin.alpha, hair.alpha), dim=1)
    body, bare, hairy = (resampled(regions, plane, VIEW) > 0.5).float()[:, :, None].unbind(1)
    inside = in_frame(linear, plane, VIEW.places(linear).expand(len(linear), -1, -1, -1), 0.0)[:, None]
    seen = (body > 0) & inside
    clear = 1 - spread(_opened(hairy, _LOCK), round(_LINK * VIEW.side))
    solid = _opened(bare * clear, _SOLID)
    crossing = seen & (clear > 0) & _below_face(plane, face) & (_closed(solid, _GAP) > 0)
    stops = torch.log2(luminance(colours) + _NOISE)
    unlike = (bare < 1) | (stops - _around(stops, solid) > _APART)
    strange = (crossing & (_ruggedness(stops) > _RUGGED) & unlike).float()
    on_skin = (_closed(strange, _LINK) > 0) & crossing & unlike
    alpha = torch.where(
        face.present[:, None, None, None], on_skin, seen & _unlike_ground(colours, background, linear)
    ).float()
    area = alpha.sum((1, 2, 3)) / VIEW.side**2
    share = area * plane.width**2 / subject.alpha.sum((1, 2, 3)).clamp_min(1)
    neck = (solid * inside * _below_face(plane, face)).sum((1, 2, 3)) / VIEW.side**2
    covered = Refusal(
        face.present & (neck < _NECK),
        "bare skin below the face is {:.2f} face widths squared: jewellery is looked for on 0.4 and more",
        neck,
    )
    none = Refusal(face.present & (area < _LEAST), "nothing on bare skin below the face looks like jewellery")
    return Metal(
        colours, alpha, bare, share.clamp(0, 1), face.present, plane, (*subject.refusals, covered, none)
    )


def _plane(linear: Tensor, face: FaceMesh) -> Upright:
    """The face's plane; without one, the view holds the frame, whose long side is three widths."""
    plane = upright(face.points, face.width)
    size = linear.new_tensor((linear.shape[3], linear.shape[2]))
    width = size.amax() * VIEW.side / VIEW.columns
    centre = size / 2 + width * VIEW.middle * size.new_tensor((0.0, 1.0))
    seen = face.present[:, None]
    return Upright(
        torch.where(seen, plane.origin, centre),
        torch.where(seen, plane.across, plane.across.new_tensor((1.0, 0.0))),
        torch.where(seen, plane.up, plane.up.new_tensor((0.0, -1.0))),
        torch.where(face.present, plane.width, width),
    )


def _below_face(plane: Upright, face: FaceMesh) -> Tensor:
    """(B, 1, R, C) bool: neck and chest, where necklaces lie."""
    chin = plane.from_frame(face.points[:, _CHIN : _CHIN + 1, :2].nan_to_num())[:, :1, None]
    offset = VIEW.places(chin) - chin
    distance: Tensor = offset.square().sum(3)
    return ((offset[..., 1] < -_UNDER) & (distance < _REACH**2))[:, None]


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
