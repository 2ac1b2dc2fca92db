"""Skin, hair and clothes of the subject, told apart by place and by the picture's own colours."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.constants import constant
from lightmeter.optics.transfer import luminance
from lightmeter.see.facets import Facets
from lightmeter.see.provide import provides
from lightmeter.see.raster import filled
from lightmeter.see.regions import FaceMesh, Matte
from lightmeter.see.topology import topology

_NEAR = 3.0
_STRANGE = 2.0
_LEAST_DEVIATION = (0.10, 0.10, 0.5)
_DARK = 0.01
_ALL, _SOME = slice(None), slice(None, None, 4)
"""Of the frame's rows and columns: those on which colours are learned are a quarter."""
_SEEDS = 16.0
"""Samples that a colour must be learned from, at least."""
_CROWN, _REACH = 1.1, 1.6
"""Face widths from the brows within which hair is learned, and found."""

_BROW, _CHIN, _TOP = 168, 152, 10


@dataclass(frozen=True)
class Parts:
    """What the pixels of a subject are: (B, 1, H, W) 1 or 0, skin and hair disjoint."""

    skin: Tensor
    hair: Tensor


@provides
def parts(linear: Tensor, face: FaceMesh, mesh_facets: Facets, subject: Matte) -> Parts:
    """Split the subject by the likeliest of three colours, each learned from where it surely is.

    Skin is learned from the mesh, hair from the crown and clothes from below the chin, both less what
    looks like skin. Inside the mesh all is skin, in whatever shadow, but a forehead may be under hair.
    Nothing is found where there is no face.
    """
    body, place = subject.alpha > 0.5, _Places(face, linear.shape[2:])
    shape = topology(linear.device)
    samples, oval = _look(linear[..., _SOME, _SOME]), place.filled((shape.oval,))
    skin = _learned(_look(mesh_facets.linear[..., None]), mesh_facets.skin)
    strange = (skin.strangeness(samples) > _STRANGE**2) & body[..., _SOME, _SOME]
    crown = place.near(_CROWN, _SOME) & (place.over(_BROW, _SOME) > -0.2) & ~oval[..., _SOME, _SOME]
    below = place.over(_CHIN, _SOME) < -0.15
    hair, cloth = (_learned(samples, (strange & where).flatten(1).float()) for where in (crown, below))
    hairy, alike = _told_apart(_look(linear), skin, hair, cloth)
    hairy = hairy & body & place.near(_REACH)
    face_skin = oval & ~(hairy & (place.over(_BROW) > 0.08))
    features = place.filled((shape.eye_left, shape.eye_right, shape.lips_outer))
    bare = (alike & body & ~hairy | face_skin) & ~features
    return Parts(bare.float(), (hairy & ~face_skin).float())


def _look(linear: Tensor) -> Tensor:
    """(B, 3, h, w): log2 of red over green, of blue over green, and of luminance.

    Dark pixels have no reliable chromaticity: theirs is drawn towards grey.
    """
    # One plane at a time, here and below, stays in the cache.
    red, green, blue, all_three = (
        (each + _DARK).log2_() for each in (*linear.chunk(3, dim=1), luminance(linear))
    )
    return torch.cat((red.sub_(green), blue.sub_(green), all_three), dim=1)


@dataclass(frozen=True)
class _Colour:
    """A Gaussian of looks: mean, deviation (B, 3, 1, 1); unknown: (B, 1, 1, 1) infinite if it is, else 0."""

    mean: Tensor
    deviation: Tensor
    unknown: Tensor

    def strangeness(self, look: Tensor) -> Tensor:
        """(B, 1, h, w) squared distance of looks (B, 3, h, w) in deviations; infinite of what is unknown."""
        squared = self.unknown.expand_as(look[:, :1]).clone()
        for plane, mean, deviation in zip(
            *(each.chunk(3, dim=1) for each in (look, self.mean, self.deviation)), strict=True
        ):
            squared += (plane - mean).div_(deviation).square_()
        return squared

    def likelihood(self, strangeness: Tensor) -> Tensor:
        """Its logarithm, of what is so strange."""
        return (-0.5 * strangeness).sub_(torch.log(self.deviation).sum(1, keepdim=True))


def _learned(look: Tensor, weight: Tensor) -> _Colour:
    """The colour of looks (B, 3, h, w) under weights (B, h * w); unknown under a weight of 16."""
    samples, weight = look.flatten(2), weight[..., None]
    total = weight.sum(1, keepdim=True)
    share = weight / total.clamp_min(1e-9)
    mean = samples @ share
    deviation = ((samples - mean).square_() @ share).sqrt_()
    deviation = deviation.maximum(constant(_LEAST_DEVIATION, look)[:, None])
    unknown = torch.where(total < _SEEDS, torch.inf, 0.0)
    return _Colour(mean[..., None], deviation[..., None], unknown[..., None])


def _told_apart(look: Tensor, skin: _Colour, hair: _Colour, cloth: _Colour) -> tuple[Tensor, Tensor]:
    """(B, 1, h, w) bool: what is likeliest hair; what is near skin, and likelier that than clothes."""
    strangeness = skin.strangeness(look)
    of_skin = skin.likelihood(strangeness)
    of_hair, of_cloth = (each.likelihood(each.strangeness(look)) for each in (hair, cloth))
    near = (strangeness < _NEAR**2) & (of_skin >= of_cloth)
    return of_hair > torch.maximum(of_skin, of_cloth), near


class _Places:
    """Where pixels lie by the face, on the whole frame or on some of its rows and columns."""

    def __init__(self, face: FaceMesh, size: torch.Size) -> None:
        self._face, self._size = face, size
        self._points = face.points[..., :2].nan_to_num()
        self._width = face.width.nan_to_num(1.0)[:, None, None, None]

    def near(self, reach: float, some: slice = _ALL) -> Tensor:
        """(B, 1, h, w) bool: within `reach` face widths of the middle of the brows."""
        x, y = self._offset(_BROW, some)
        reached = reach * self._width * self._face.present[:, None, None, None]
        return x.square() + y.square() < reached.square()

    def over(self, point: int, some: slice = _ALL) -> Tensor:
        """(B, 1, h, w) face widths above a point of the mesh, along the way from the chin to the top."""
        up = F.normalize(self._points[:, _TOP] - self._points[:, _CHIN], dim=1) / self._width[:, 0, 0]
        x, y = self._offset(point, some)
        return x * up[:, 0, None, None, None] + y * up[:, 1, None, None, None]

    def _offset(self, point: int, some: slice) -> tuple[Tensor, Tensor]:
        """(B, 1, 1, w) and (B, 1, h, 1) pixels to the right of and below a point of the mesh."""
        height, width = self._size
        at = self._points[:, point, :, None, None, None]
        x = torch.arange(width, device=at.device)[some] + 0.5 - at[:, 0]
        y = torch.arange(height, device=at.device)[some, None] + 0.5 - at[:, 1]
        return x, y

    def filled(self, loops: tuple[Tensor, ...]) -> Tensor:
        """(B, 1, H, W) bool: inside the polygons through mesh points; nothing where there is no face."""
        height, width = self._size
        planes = [
            filled(self._points[:, None, loop], self._face.present[:, None], (height, width))[:, None]
            for loop in loops
        ]
        return torch.stack(planes).any(0)
