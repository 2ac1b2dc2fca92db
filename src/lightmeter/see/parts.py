"""Skin, hair and clothes of the subject, told apart by place and by the picture's own colours."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.optics.statistics import weighted_mean
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
_STRIDE = 4
_SEEDS = 16.0
"""Samples that a colour must be learned from, at least."""

_BROW, _CHIN, _TOP = 168, 152, 10


@dataclass(frozen=True)
class Parts:
    """What the pixels of a subject are: (B, 1, H, W) 1 or 0, skin and hair disjoint."""

    skin: Tensor
    hair: Tensor


@dataclass(frozen=True)
class _Places:
    """Where to look for what, (B, 1, H, W) bool: the mesh's oval, its part above the brows, its eyes and
    lips; within 1.6 face widths of the face; the crown around the oval; what lies below the chin."""

    oval: Tensor
    forehead: Tensor
    features: Tensor
    near: Tensor
    crown: Tensor
    below: Tensor


@provides
def parts(linear: Tensor, face: FaceMesh, mesh_facets: Facets, subject: Matte) -> Parts:
    """Split the subject by the likeliest of three colours, each learned from where it surely is.

    Skin is learned from the mesh, hair from the crown and clothes from below the chin, both less what
    looks like skin. Inside the mesh all is skin, in whatever shadow, but a forehead may be under hair.
    Nothing is found where there is no face.
    """
    look, body, place = _look(linear), subject.alpha > 0.5, _places(face, linear)
    skin, distance = _likelihood(look, _look(mesh_facets.linear[..., None])[..., 0], mesh_facets.skin)
    strange = body & (distance > _STRANGE)
    hair, _ = _likelihood(look, *_seeds(look, strange & place.crown))
    cloth, _ = _likelihood(look, *_seeds(look, strange & place.below))
    hairy = body & place.near & (hair > skin) & (hair > cloth)
    alike = body & (distance < _NEAR) & (skin >= cloth) & ~hairy
    face_skin = place.oval & ~(place.forehead & hairy)
    bare = (alike | face_skin) & ~place.features
    return Parts(bare.float(), (hairy & ~face_skin).float())


def _look(linear: Tensor) -> Tensor:
    """(B, 3, ...): log2 of red over green, of blue over green, and of luminance.

    Dark pixels have no reliable chromaticity: theirs is drawn towards grey.
    """
    stops = (linear + _DARK).log2_()
    flat = luminance(linear.flatten(2)[..., None]).reshape(linear[:, :1].shape)
    return torch.cat((stops[:, 0::2] - stops[:, 1:2], flat.add_(_DARK).log2_()), dim=1)


def _seeds(look: Tensor, where: Tensor) -> tuple[Tensor, Tensor]:
    """Every fourth pixel both ways and whether a colour is learned from it: (B, 3, N) and (B, N)."""
    step = slice(None, None, _STRIDE)
    return look[..., step, step].flatten(2), where[..., step, step].flatten(1).float()


def _likelihood(look: Tensor, samples: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Log likelihood and distance in deviations, (B, 1, H, W), under a Gaussian of samples (B, 3, N).

    Under a weight of 16 there is no Gaussian: likelihood -inf, distance inf.
    """
    means, deviations = [], []
    for channel, least in enumerate(_LEAST_DEVIATION):
        mean = weighted_mean(samples[:, channel], weight)
        spread = weighted_mean((samples[:, channel] - mean[:, None]) ** 2, weight).sqrt()
        means.append(mean)
        deviations.append(spread.clamp_min(least))
    mean, deviation = (torch.stack(each, 1)[:, :, None, None] for each in (means, deviations))
    squared = torch.zeros_like(look[:, :1])
    for channel in range(3):  # one plane at a time stays in the cache
        one = slice(channel, channel + 1)
        squared += ((look[:, one] - mean[:, one]).div_(deviation[:, one])).square_()
    few = (weight.sum(1) < _SEEDS)[:, None, None, None]
    likelihood = (
        (-0.5 * squared).sub_(torch.log(deviation).sum(1, keepdim=True)).masked_fill_(few, -torch.inf)
    )
    return likelihood.masked_fill_(few, -torch.inf), squared.sqrt_().masked_fill_(few, torch.inf)


def _places(face: FaceMesh, linear: Tensor) -> _Places:
    shape, size = topology(linear.device), linear.shape[2:]
    oval = _filled(face, size, (shape.oval,))
    features = _filled(face, size, (shape.eye_left, shape.eye_right, shape.lips_outer))
    y = torch.arange(size[0], device=linear.device)[None, :, None] + 0.5
    x = torch.arange(size[1], device=linear.device)[None, None, :] + 0.5
    points = face.points[..., :2].nan_to_num()
    width = face.width.nan_to_num(1.0)[:, None, None]
    up = torch.nn.functional.normalize(points[:, _TOP] - points[:, _CHIN], dim=1)

    def height_over(point: int) -> Tensor:
        offset = (x - points[:, point, 0, None, None]) * up[:, 0, None, None]
        return ((offset + (y - points[:, point, 1, None, None]) * up[:, 1, None, None]) / width)[:, None]

    brow = points[:, _BROW, :, None, None]
    distance = (torch.hypot(x - brow[:, 0], y - brow[:, 1]) / width)[:, None]
    return _Places(
        oval=oval,
        forehead=oval & (height_over(_BROW) > 0.08),
        features=features,
        near=(distance < 1.6) & face.present[:, None, None, None],
        crown=(distance < 1.1) & (height_over(_BROW) > -0.2) & ~oval,
        below=height_over(_CHIN) < -0.15,
    )


def _filled(face: FaceMesh, size: torch.Size, loops: tuple[Tensor, ...]) -> Tensor:
    """(B, 1, H, W) bool: inside the polygons through mesh points; nothing where there is no face."""
    height, width = size
    planes = [
        filled(face.points[:, None, loop, :2], face.present[:, None], (height, width))[:, None]
        for loop in loops
    ]
    return torch.stack(planes).any(0)
