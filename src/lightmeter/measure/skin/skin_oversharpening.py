from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.filters import box_filter, shrink
from lightmeter.optics.spectrum import band
from lightmeter.optics.statistics import median, weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.see.patches import SIDE, SkinPatches

_SIGMA = 1.0
"""Smaller sigma of the band in native pixels: it peaks at 6.5 pixels a cycle, where sharpening of a radius
of 1 to 2 pixels adds most, and holds nothing of the pixel grid's own corner frequency."""

_RIM = 6
_NEAR = 0.18
"""Face widths around a window's place that are looked at: on a narrow face the window holds all of it."""

_EVEN = 0.25
"""Quantile over places: sharpening is everywhere, while beards, wrinkles, glasses and hair are in places."""

_PLACE, _STRIDE = 32, 8
_COVERED = 0.4
_THIN = 4
_LEAST_WIDTH = 160
_LEAST_SKIN = 1000
_SHADE, _BURNT = 0.3, 0.95


@measurement(
    unit="ratio",
    bounds=(0.0, 2.0),
    source="RMS contrast (Peli 1990) at 6.5 native pixels a cycle; grain cancels between two sublattices",
    tolerance=0.01,
    rescale="free",
)
def skin_oversharpening(skin_patches: SkinPatches) -> PerImage:
    """RMS contrast of skin's finest detail: halos and leathery micro-contrast, as a ratio to its luminance.

    0 is none, about 0.02 natural. By native pixels, for sharpening is done on them: log luminance in a band
    at 6.5 pixels a cycle. Grain that differs from pixel to pixel is alike in neither of the two sublattices
    of a chessboard, while detail is: what they share is measured, the lower quartile over places on forehead,
    cheeks, nose and chin, so that a beard or glasses alone do not count.
    Blind to exposure and skin tone; blur lowers it. True pores sharply drawn on a small face count as well.
    Not measured without a face, on one under 160 native pixels, and where under 1000 pixels of lit skin
    face the camera.
    """
    shared, bare = _shared_energy(skin_patches)
    covered = _of_places(bare)
    local = _of_places(shared * bare) / covered.clamp_min(1e-3)
    place = (covered > _COVERED).float()
    value = weighted_quantile(local.flatten(1), place.flatten(1), _EVEN).clamp_min(0).sqrt()
    width, skin = skin_patches.face_width, bare.sum((1, 2, 3))
    return (
        PerImage(value)
        .refusing(skin_patches.refusals)
        .unless(width < _LEAST_WIDTH, f"face is {{:.0f}} px wide: {_LEAST_WIDTH} are needed", width)
        .unless(
            skin < _LEAST_SKIN, f"{{:.0f}} px of lit skin face the camera: {_LEAST_SKIN} are needed", skin
        )
        .unless(place.sum((1, 2, 3)) < 1, "lit skin is in pieces under 20 px wide")
    )


def _of_places(x: Tensor) -> Tensor:
    """Means of (B, N, S, S) over squares of 32 pixels, one every 8 pixels."""
    return F.avg_pool2d(F.avg_pool2d(x, _STRIDE), _PLACE // _STRIDE, 1)


def _shared_energy(patches: SkinPatches) -> tuple[Tensor, Tensor]:
    """Product of what the black and the white fields of a chessboard tell of the band, and bare lit skin,
    both (B, N, S, S).

    Either sublattice, doubled, is log luminance L plus or minus L times the board's signs, so that the
    product of their bands is band(L)^2 - band(signs L)^2. Noise of single pixels gives both terms alike;
    detail, once multiplied by the signs, lies near the grid's corner frequency, outside the band.
    """
    linear = patches.linear
    bright = luminance(linear.flatten(0, 1))[:, 0].reshape(*linear.shape[:2], *linear.shape[3:])
    log = torch.log(bright.clamp_min(1e-4))
    along = torch.arange(log.shape[-1], device=log.device)
    signs = 1.0 - 2.0 * ((along[:, None] + along) % 2)
    sigma = torch.full_like(patches.face_width, _SIGMA)
    detail, noise = (band(each, sigma) for each in (log, (log - log.mean((2, 3), keepdim=True)) * signs))
    return detail**2 - noise**2, _lit(bright, patches.bare * _near(patches))


def _near(patches: SkinPatches) -> Tensor:
    """(B, 1, S, S): 1 within a disc of 0.18 face widths around the middle of each window."""
    along = torch.arange(SIDE, device=patches.bare.device) + 0.5 - SIDE / 2
    reach = (_NEAR * patches.face_width)[:, None, None]
    return ((along[:, None] ** 2 + along**2) < reach**2).float()[:, None]


def _lit(bright: Tensor, bare: Tensor) -> Tensor:
    """Bare skin (B, N, S, S) out of shadow, not burnt out, and six pixels within its border and the window's.

    By the mean around each pixel, lest detail be left out for being dark or bright itself.
    """
    thin = (..., slice(None, None, _THIN), slice(None, None, _THIN))
    typical = median(bright[thin].flatten(1), bare[thin].flatten(1))
    around = box_filter(bright, _RIM)
    shade = _SHADE * typical.nan_to_num(0.0)[:, None, None, None]
    lit = (bare > 0) & (around > shade) & (around < _BURNT)
    framed = F.pad(lit[..., _RIM:-_RIM, _RIM:-_RIM], (_RIM,) * 4)
    return shrink(framed, _RIM).float()
