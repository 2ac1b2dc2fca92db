"""Mirror images of lamps and windows in the corneas: what `catchlights` and its kin read from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.optics.filters import spread
from lightmeter.optics.geometry import length
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.see.eyes import EyeWindows
from lightmeter.see.provide import Refusal, provides

MOST = 6
"""Glints that are kept of an eye."""

_STAND_OUT = 0.85
"""Stops. Of 104 eyes counted by hand 84 are told right with 0.7, 90 with 0.85, 92 with 1, 89 with 1.2; below,
the pattern of the iris counts, above, soft windows are lost, and a false "dead" is the worse mistake."""
_DIMMEST = 0.25
"""Of the brightest glint's level: a fill two stops under the key still shows, what lights the iris not."""
_APART = 0.25
"""Iris radii between glints of two lamps: 20 degrees or so between the lamps; bars of a window are closer."""
_LARGEST = 0.15
"""Share of the iris: a source 65 degrees wide. Light falling through a bright iris is larger."""
_WHITE_SHARE = 0.4
"""Of the eye's white, that the peak of a glint reaches: a mirror of 2 % shows a lamp 30 degrees wide at half
of what it makes of matte white. By hand, glints reach 0.55 and more, false ones of iris and lashes 0.17
to 0.46."""
_CAUSTIC = 0.03
"""Share of the iris: larger spots in its lower part are light that the cornea gathers opposite the key."""
_BELOW = -0.3
_VEIL = 0.05
_WITHIN = 0.95
_AROUND = 1.15
_REACH = 28
_TIE = 1e-4


@dataclass(frozen=True)
class Glints:
    """The K = 6 brightest glints of each eye, left eye first; a slot without a glint is all zeros.

    place: (B, 2, K, 2) right and up of the iris' centre in iris radii. area: (B, 2, K) share of the
    iris' disc above half height. flux: (B, 2, K) area times luminance over the iris' own. shown: (B, 2)
    share of the iris' disc between the lids. white: (B, 2) bright parts of the eye over the iris, in
    stops: 0 where glasses or hair hide it. diameter: (B, 2) of the iris in native pixels. frame:
    (B, 2, 3) x, y and radius of the iris in frame pixels.
    """

    place: Tensor
    area: Tensor
    flux: Tensor
    shown: Tensor
    white: Tensor
    diameter: Tensor
    frame: Tensor
    refusals: tuple[Refusal, ...] = ()

    @property
    def count(self) -> Tensor:
        """(B, 2) float: glints of each eye."""
        return (self.flux > 0).sum(2).float()

    @property
    def main(self) -> Tensor:
        """(B, 2, 2) place of the glint with the largest flux."""
        at = self.flux.argmax(2)[..., None, None].expand(-1, -1, 1, 2)
        return self.place.gather(2, at)[:, :, 0]


@provides
def eye_glints(eyes: EyeWindows) -> Glints:
    """Find what stands 0.85 stops out of its surroundings within each iris.

    Height is log2(1 + Y / Y of the iris), so exposure and the iris' colour drop out and noise in the dark
    counts little. A glint is a summit from which every way, to a higher one or out of the eye, leads
    down by 0.85 stops, and that reaches 0.4 of the white's
    level: the white and the lids' wet edge, which go on beyond the eye, are none.
    """
    offset = eyes.offset().flatten(0, 1)
    radius = length(offset, 1)
    opening = eyes.opening.flatten(0, 1)
    bright = luminance(eyes.linear.flatten(0, 1))[:, 0]
    inside = opening * (radius < _WITHIN)
    iris = _level(bright, inside, 0.5)
    white = _level(bright, opening, 0.9)
    unit = torch.maximum(iris, _VEIL * white).clamp_min(1e-5)
    height = torch.log2(1 + bright / unit[:, None, None])
    beyond = (spread(opening, 2) == 0) | (radius > _AROUND)
    least = torch.log2(1 + _WHITE_SHARE * white / unit)
    found = _spots(height, _lowered(height, beyond), inside, offset, least)
    place, area, flux = (each.reshape(-1, 2, *each.shape[1:]) for each in found)
    disc = (radius < _WITHIN).sum((1, 2)).clamp_min(1)
    return Glints(
        place=place,
        area=area,
        flux=flux,
        shown=(inside.sum((1, 2)) / disc).reshape(-1, 2),
        white=torch.log2(white.clamp_min(1e-5) / iris.clamp_min(1e-5)).reshape(-1, 2),
        diameter=eyes.diameter,
        frame=eyes.frame,
        refusals=eyes.refusals,
    )


def _level(bright: Tensor, where: Tensor, q: float) -> Tensor:
    """(N,) a quantile of luminance (N, S, S) over `where`; 1 where that is empty."""
    return weighted_quantile(bright.flatten(1), where.flatten(1), q).nan_to_num(1.0)


def _lowered(height: Tensor, beyond: Tensor) -> Tensor:
    """The landscape, each summit worn down by 0.85 stops, but not below the passes that lead out of it.

    Morphological reconstruction by dilation. Source: Vincent 1993, IEEE Trans. Image Process. 2(2).
    """
    floor = torch.where(beyond, height, height - _STAND_OUT)
    for _ in range(_REACH):
        floor = torch.minimum(_dilated(floor), height)
    return floor


def _spots(
    height: Tensor, floor: Tensor, inside: Tensor, offset: Tensor, least: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """place (N, K, 2), area (N, K) and flux (N, K) of the summits: each all that is within its 0.85 stops.

    least: (N,) the height that a glint reaches."""
    above, summit = height > floor + _TIE, height > floor + _STAND_OUT - _TIE
    own = torch.arange(1, summit[0].numel() + 1, device=height.device, dtype=height.dtype)
    own = own.reshape(summit.shape[1:])
    name = _named(torch.where(summit, own, 0), above)
    leader = (summit & (name == own)).flatten(1)
    top, which = torch.where(leader, height.flatten(1), 0).topk(MOST, dim=1)
    member = ((name.flatten(1)[:, None] == (which + 1)[..., None]) & (top > 0)[..., None]).float()
    size = member.sum(2).clamp_min(1e-6)
    place = torch.einsum("nks,ncs->nkc", member, offset.flatten(2)) / size[..., None]
    inner = torch.einsum("nks,ns->nk", member, inside.flatten(1)) / size
    disc = (length(offset, 1) < 1).sum((1, 2)).clamp_min(1)[:, None]
    area = member.sum(2) / disc
    flux = torch.einsum("nks,ns->nk", member, (torch.exp2(height) - 1).flatten(1)) / disc
    good = _glints(place, area, flux, (top > 0) & (top >= least[:, None]) & (inner > 0.5))
    return place * good[..., None], area * good, flux * good


def _glints(place: Tensor, area: Tensor, flux: Tensor, good: Tensor) -> Tensor:
    """(N, K) which summits are glints: neither too large, nor too dim, nor a part of a brighter one."""
    good = good & (area < torch.where(place[..., 1] < _BELOW, _CAUSTIC, _LARGEST))
    level = torch.where(good, flux / area.clamp_min(1e-9), 0)
    level = torch.where(level >= _DIMMEST * level.amax(1, keepdim=True), level, 0)
    near = length(place[:, :, None] - place[:, None], 3) < _APART
    earlier = torch.ones_like(near).tril(-1)
    brighter = (level[:, None] > level[..., None]) | ((level[:, None] == level[..., None]) & earlier)
    part = (near & brighter & (level[:, None] > 0)).any(2)
    kept: Tensor = (level > 0) & ~part
    return kept


def _named(name: Tensor, where: Tensor) -> Tensor:
    """The largest name of each connected part of `where`, all over that part."""
    for _ in range(_REACH // 2):
        name = torch.where(where, _dilated(name), 0)
    return name


def _dilated(x: Tensor) -> Tensor:
    """The largest of each pixel and its eight neighbours, (N, S, S). Slices: 9 times as fast as pooling."""
    x = F.pad(x, (1, 1, 1, 1), value=-torch.inf)
    x = torch.maximum(torch.maximum(x[:, :-2], x[:, 2:]), x[:, 1:-1])
    return torch.maximum(torch.maximum(x[..., :-2], x[..., 2:]), x[..., 1:-1])
