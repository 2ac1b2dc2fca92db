"""Local power of skin in the pore band and grain's part of it: what measurements of texture are read from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.registry import PerImage
from lightmeter.measure.skin.detail import Detail
from lightmeter.measure.skin.grain import Grain, pore_sigma
from lightmeter.measure.skin.skin_windows import STRIDE, SkinWindows, inner, local_power
from lightmeter.optics.constants import picked
from lightmeter.optics.statistics import weighted_mean, weighted_quantile
from lightmeter.see.patches import PLACES, SIDE, SkinPatches
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh, Matte

FOREHEAD, CHEEKS, NOSE, CHIN = (0, 1, 2), (3, 4), (5,), (6,)
"""Which of the windows lie where."""

_LEAST_WIDTH = 160
_LEAST_SKIN = 0.03
"""Lit skin that must be seen, in squares of the face's width: under half of one disc of seven."""

LEAST_PLACE = 0.007
"""The same in one disc of 0.15 face widths: a tenth of it."""

_ENLARGED = 0.3
_REACH = 0.15
_EVEN = 0.25
_EVEN_NOISE = 0.75
"""Part of the mean power of grain to subtract. Of pure noise the lower quartile over places holds 0.9; a
little less is taken, because skin that is taken away for grain is the worse error."""

_UNSURE = 0.25
_DEAD = 0.55 / 255
"""Noise that a codec's rounding leaves by itself: 0.22 codes of 255 in RGB, 0.45 in WebP's narrow range."""

_CODEC = 0.15
"""About what WebP at quality 80 takes from skin: 0.11 by median, 0.32 at most; JPEG at 80 takes none."""


def even_contrast(raw: Tensor, grain: Tensor, bare: Tensor) -> Tensor:
    """(B,) RMS contrast in %, grain removed, of the lower quartile of bare places (B, N, G, G)."""
    clean = raw - _EVEN_NOISE * grain
    even = weighted_quantile(clean.flatten(1), bare.flatten(1), _EVEN)
    return 100 * even.clamp_min(0).sqrt()


@dataclass(frozen=True)
class PoreBand:
    """Skin at 20 to 80 cycles per face width, at every fourth pixel of the N windows, G = S / 4.

    raw: (B, N, G, G) local variance of log luminance. grain: (B, N, G, G) grain's part of it. bare:
    (B, N, G, G) 1 on lit skin within 0.15 face widths of the window's place, 0 elsewhere. area: (B, N) of
    that skin in squares of the face's width. dead: (B,) bool, the skin's top octave holds no more than a
    codec's own rounding.
    """

    raw: Tensor
    grain: Tensor
    bare: Tensor
    area: Tensor
    dead: Tensor
    refusals: tuple[Refusal, ...] = ()

    def contrast(self, windows: tuple[int, ...]) -> Tensor:
        """(B,) RMS contrast in %, grain removed, of the lower quartile of places in these windows."""
        return even_contrast(*(picked(each, windows) for each in (self.raw, self.grain, self.bare)))

    def measured(self, windows: tuple[int, ...], least: float = _LEAST_SKIN) -> PerImage:
        """`contrast` with its standard error, refused where too little of these places is seen."""
        value, area = self.contrast(windows), picked(self.area, windows).sum(1)
        return (
            PerImage(value, error=self._error(value, windows))
            .refusing(self.refusals)
            .unless(
                area < least,
                f"{{:.2f}} of {100 * least:.0f} % of a squared face width of lit skin in sight",
                100 * area,
            )
        )

    def _error(self, value: Tensor, windows: tuple[int, ...]) -> Tensor:
        """(B,) %: the spread over windows, a quarter of what grain took, and what a codec may have taken."""
        each = torch.stack([self.contrast((window,)) for window in windows], 1)
        grain, bare = picked(self.grain, windows), picked(self.bare, windows)
        seen = bare.sum((2, 3))
        count = (seen > 0).sum(1).clamp_min(1)
        spread = weighted_mean((each - value[:, None]) ** 2, seen) / count
        held = weighted_quantile(grain.flatten(1), bare.flatten(1), 0.5)
        taken = ((value / 100) ** 2 + _UNSURE * held).sqrt() * 100 - value
        return (spread + taken**2 + (_CODEC * value * self.dead) ** 2).sqrt()


@provides
def pore_band(
    skin_windows: SkinWindows,
    skin_patches: SkinPatches,
    grain: Grain,
    detail: Detail,
    face: FaceMesh,
    skin: Matte,
) -> PoreBand:
    """Filter the windows, less what lies under hair.

    Not known under 160 native pixels of face, be they all there are or all that an enlargement by 2 or
    more was made from.
    """
    scale, sigma = skin_windows.width, pore_sigma(skin_windows.width)
    bare = skin_windows.bare * inner(SIDE, sigma)
    near = (bare * _discs(scale, bare))[..., ::STRIDE, ::STRIDE] * _uncovered(skin, face, scale)
    return PoreBand(
        local_power(skin_windows, sigma),
        grain.pore[:, None, None, None] * skin_windows.steep,
        near,
        near.sum((2, 3)) * STRIDE**2 / scale[:, None] ** 2,
        grain.skin < _DEAD**2,
        (*skin_patches.refusals, *_too_few_pixels(skin_patches.face_width, detail.cutoff)),
    )


def _too_few_pixels(width: Tensor, cutoff: Tensor) -> tuple[Refusal, ...]:
    held = width * 2 * cutoff
    narrow = f"face is {{:.0f}} px wide: pores need {_LEAST_WIDTH}"
    enlarged = f"enlarged: the face holds detail for about {{:.0f}} px of width, pores need {_LEAST_WIDTH}"
    return (
        Refusal(width < _LEAST_WIDTH, narrow, width.floor()),
        Refusal((cutoff < _ENLARGED) & (held < _LEAST_WIDTH), enlarged, held.floor()),
    )


def _discs(width: Tensor, windows: Tensor) -> Tensor:
    """(B, 1, S, S) bool: within 0.15 face widths (B,) of the middle, which lies in the window of any face."""
    side = windows.shape[-1]
    axis = torch.arange(side, device=windows.device) - (side - 1) / 2
    return (torch.hypot(axis[:, None], axis) < _REACH * width[:, None, None])[:, None]


def _uncovered(skin: Matte, face: FaceMesh, width: Tensor) -> Tensor:
    """(B, N, G, G) 0 or 1: skin by the frame's matte, at every fourth pixel of windows in which a
    face is so wide (B,)."""
    step = (face.width / width)[:, None, None]
    offset = torch.arange(0, SIDE, STRIDE, device=width.device) - SIDE // 2
    place = picked(face.points, PLACES)[..., :2]
    x, y = (place[..., axis, None] + offset * step for axis in (0, 1))
    shape = (*x.shape, offset.numel())
    across = x[:, :, None].expand(shape) / skin.alpha.shape[3]
    down = y[..., None].expand(shape) / skin.alpha.shape[2]
    grid = torch.stack((across, down), -1).nan_to_num(9.0) * 2 - 1
    found = F.grid_sample(skin.alpha, grid.flatten(1, 2), align_corners=False)
    return (found.reshape(shape) > 0.5).float()
