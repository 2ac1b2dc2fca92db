"""A matte fine enough to judge edges by, where the backdrop lets one be pulled."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.optics.filters import box_filter, spread
from lightmeter.see.clean_plate import CleanPlate
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import Matte

_STEP = 4
"""The subject's own colours are averaged on a grid of this many pixels."""
_CORE = 1 / 128
"""Share of the long side inside the silhouette from which on all is subject: 8 pixels of 1024."""
_REACHES = ((1 / 80, 1.0), (1 / 20, 1e-3), (1 / 2, 1e-6))
"""Shares of the long side over which the subject's own colour is averaged, and their say: the farther only
where the nearer hold none."""
_NOISE, _CLEAR = 0.03, 3.0
"""Encoded noise of a pixel, added to the backdrop's roughness; colours this many noises apart are trusted
half. On photographs with a known matte, noises of 0.02 to 0.05 give the same errors within 5 %."""
_LEAST = 0.1
"""Least coverage by which is divided."""


@dataclass(frozen=True)
class KeyPull:
    """What coverage is pulled by, besides the pixels: smooth fields, on whatever grid the pixels are.

    plate, own: (B, 3, H, W) encoded, the backdrop's colour and the subject's nearby. core, band,
    silhouette: (B, 1, H, W) what is surely subject, what is to be pulled, and the coverage known
    without colours. noise: (B, 1, 1, 1) encoded distance at which colours are trusted half.
    """

    plate: Tensor
    own: Tensor
    core: Tensor
    band: Tensor
    silhouette: Tensor
    noise: Tensor
    refusals: tuple[Refusal, ...] = ()

    def coverage(self, encoded: Tensor) -> tuple[Tensor, Tensor]:
        """Alpha and the doubt about it, (B, 1, H, W), of pixels (B, 3, H, W)."""
        there, towards = encoded - self.plate, self.own - self.plate
        hue = self.plate - self.plate.mean(1, keepdim=True)
        apart, tinted = _dot(towards, towards), _dot(towards, hue)
        along = (_dot(there, towards) / apart.clamp_min(1e-6)).clamp(0, 1)
        across = (_dot(there, hue) * tinted / (tinted * tinted).clamp_min(1e-9)).clamp(0, 1)
        noise = self.noise**2
        trust = apart / (apart + noise)
        hued = tinted * tinted / (tinted * tinted + noise * _dot(hue, hue)).clamp_min(1e-9)
        pulled = torch.lerp(along, across, hued)
        alpha = self.core + self.band * torch.lerp(self.silhouette, pulled, trust)
        return alpha.clamp(0, 1), self.band * (1 - trust)

    def unmixed(self, encoded: Tensor, alpha: Tensor) -> Tensor:
        """The pixels (B, 3, H, W) with the plate taken out of their colour; black where there is no subject.

        The less of a pixel is the subject, the less its colour can be told, and the more is the one nearby.
        """
        without = (encoded - (1 - alpha) * self.plate) / alpha.clamp_min(_LEAST)
        return torch.where(alpha > 0.5 / 255, torch.lerp(self.own, without.clamp(0, 1), alpha), 0.0)


@dataclass(frozen=True)
class FineMatte:
    """Coverage of the subject, (B, 1, H, W) 0..1, with the doubt about it.

    alpha: 1 in the silhouette's core, 0 in the sure background, between them pulled from the colours.
    doubt: 0 where the colours tell, towards 1 where the subject looks like what is behind it, and alpha is
    the silhouette's: nothing may be measured there.
    """

    alpha: Tensor
    doubt: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def fine_matte(encoded: Tensor, key_pull: KeyPull) -> FineMatte:
    """Pull the coverage of the band between sure subject and sure background from its colours.

    encoded: (B, 3, H, W). Coverage is how far a pixel lies from the clean plate's colour towards that of
    the subject nearby (Porter and Duff 1984; Smith and Blinn 1996), trusted as far as those two are apart
    by more than the backdrop's own roughness, and else the silhouette's. Before a coloured backdrop its
    hue alone is looked at, for a subject has lights and darks, but little of that hue. In encoded values,
    where noise is even and image generators blend. Not known where the background is not.
    """
    return FineMatte(*key_pull.coverage(encoded), key_pull.refusals)


@provides
def key_pull(encoded: Tensor, subject: Matte, background: Matte, clean_plate: CleanPlate) -> KeyPull:
    """The fields of a key of the subject (B, 3, H, W) before its clean plate."""
    long_side = max(encoded.shape[2:])
    core = 1 - spread((subject.alpha < 0.9).float(), max(1, round(_CORE * long_side)))
    noise = _CLEAR * (clean_plate.roughness.nan_to_num(1.0) + _NOISE)[:, None, None, None]
    return KeyPull(
        plate=clean_plate.encoded,
        own=_own(encoded, core, long_side),
        core=core,
        band=(1 - core) * (1 - background.alpha),
        silhouette=subject.alpha,
        noise=noise,
        refusals=clean_plate.refusals,
    )


def _dot(one: Tensor, other: Tensor) -> Tensor:
    """(B, 1, H, W): channel by channel, several times faster than a sum over a dimension of three."""
    red, green, blue = (one[:, c : c + 1] * other[:, c : c + 1] for c in range(3))
    return red + green + blue


def _own(encoded: Tensor, core: Tensor, long_side: int) -> Tensor:
    """(B, 3, H, W) encoded colour of the nearest parts of the core."""
    size = encoded.shape[2:]
    small = F.avg_pool2d(torch.cat((encoded * core, core), 1), _STEP, ceil_mode=True).double()
    sums = [say * box_filter(small, max(1, round(reach * long_side / _STEP))) for reach, say in _REACHES]
    total = torch.stack(sums).sum(0)
    colour = (total[:, :3] / total[:, 3:].clamp_min(1e-12)).to(encoded.dtype)
    whole = F.interpolate(colour, scale_factor=float(_STEP), mode="bilinear")
    return whole[..., : size[0], : size[1]].clamp(0, 1)
