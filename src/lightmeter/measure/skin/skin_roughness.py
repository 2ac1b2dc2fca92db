from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.measure.skin.skin_gloss import SkinGloss
from lightmeter.measure.skin.skin_surface import CELLS, SIDE, SkinSurface
from lightmeter.optics.relief import smoothed

_GRID = (0.15, 0.95, 0.05)
_HIGHLIGHTS = 4
"""Highlights that are read. On rendered heads one reads roughness within 38 %, two 25 %, four 20 %."""

_PEAK = 1.5
"""Sigma in cells over which the strongest highlight is sought, so that it is no glint of one pore."""

_CORE, _REACH = CELLS / 32, CELLS / 12
"""Sigmas in cells around the peak: where the mirror direction, and where the lobe, is read from."""

_HALF = 20
"""Cells on either side of a peak that are cut out for it: 2.5 sigmas of the lobe's reach."""

_APART = 17
"""Cells between two peaks at the least, either way."""

_CELL = 0.6
"""Sigma in cells of a cell's own extent, which widens a narrow lobe."""

_FAINT = 0.15
_EXPLAINED = 0.4
"""Of the light's variance. Half of it is codec noise and pores on many real highlights; whether natural skin
is told from porcelain does not change from 0.3 to 0.6, and what is less sure says so by its error."""

_BURNT = 0.1
_INDEPENDENT = 16
"""Cells to each of which neighbours add nothing new: errors of normals and albedo are smooth."""

_SHAPE = 0.2
"""Part of the value that the mesh's curvature leaves open, as found on rendered heads."""

_LEAST_WIDTH = 80


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="GGX lobe (Walter 2007), perceptual roughness: alpha = roughness squared (Burley 2012)",
    tolerance=0.15,
)
def skin_roughness(skin_gloss: SkinGloss, skin_surface: SkinSurface) -> PerImage:
    """Roughness, as render engines take it, of the four strongest highlights on the face's skin, 0.15..0.9.

    It is the root of GGX's alpha: 0.3 is alpha 0.09. Light falls off from a highlight's peak as the
    surface turns away: that angle, by the mesh's normals, and the fall-off give alpha. The mirror direction
    is the normal at each peak itself, so that neither the key nor the head's pose must be known. A large
    lamp widens highlights (one of 20 degrees makes 0.39 of 0.25): read it as an upper bound. Each
    counts by how well a lobe explains it. Blind to exposure. Not measured without a face, on one under 80
    frame pixels, without a highlight, where the strongest is clipped, and where no lobe explains 40 % of
    any.
    """
    skin = torch.cat((skin_gloss.light, skin_gloss.lit, skin_gloss.ratio, skin_surface.clipped), 1)
    skin = F.pad(torch.cat((skin, skin_surface.normal), 1), (_HALF,) * 4)
    peaks = [_cut(skin, at) for at in _peaks(skin_gloss, skin_surface)]
    fits = [torch.stack(each, 1) for each in zip(*(_fitted(each) for each in peaks), strict=True)]
    each, deviation, explained = fits
    weight = explained / explained.sum(1, keepdim=True).clamp_min(1e-6)
    value = (weight * each).sum(1)
    spread = (weight * (deviation**2 + (each - value[:, None]) ** 2)).sum(1) * (weight**2).sum(1)
    best, width = explained.amax(1), skin_surface.width
    _, _, peak, burnt = _at_peak(peaks[0]).unbind(1)
    return (
        PerImage(value, error=(spread + (_SHAPE * value) ** 2).sqrt())
        .refusing(skin_gloss.refusals)
        .unless(width < _LEAST_WIDTH, f"face is {{:.0f}} px wide: a lobe needs {_LEAST_WIDTH}", width)
        .unless(peak < _FAINT, "no highlight: the strongest is {:.0f} % of the light around it", 100 * peak)
        .unless(burnt > _BURNT, "{:.0f} % of the strongest highlight is clipped", 100 * burnt)
        .unless(best < _EXPLAINED, "a lobe explains {:.0f} % of the best highlight", 100 * best)
    )


def _peaks(gloss: SkinGloss, surface: SkinSurface) -> list[Tensor]:
    """(B,) index of the cell amid each of the strongest highlights, none near another."""
    left = smoothed(surface.linear[:, :1] * gloss.ratio / (1 + gloss.ratio), _PEAK) * gloss.lit
    along = torch.arange(SIDE, device=left.device)
    found = []
    for _ in range(_HIGHLIGHTS):
        at = left.flatten(1).argmax(1)
        row, column = at.div(SIDE, rounding_mode="floor")[:, None], (at % SIDE)[:, None]
        far = ((along - row).abs() > _APART)[:, :, None] | ((along - column).abs() > _APART)[:, None]
        left = left * far[:, None]
        found.append(at)
    return found


def _cut(padded: Tensor, at: Tensor) -> Tensor:
    """(B, C, W, W): the square around the cell `at` (B,) of a relief (B, C, .., ..) padded by half of it."""
    along = torch.arange(2 * _HALF + 1, device=at.device)
    rows, columns = at.div(SIDE, rounding_mode="floor")[:, None] + along, (at % SIDE)[:, None] + along
    cell = (rows[:, :, None] * padded.shape[3] + columns[:, None]).flatten(1)[:, None]
    return (
        padded.flatten(2)
        .gather(2, cell.expand(-1, padded.shape[1], -1))
        .reshape(len(at), -1, len(along), len(along))
    )


def _around(sigma: float, lit: Tensor) -> Tensor:
    """(B, 1, W, W): lit skin under a Gaussian of sigma cells around the middle."""
    along = torch.arange(-_HALF, _HALF + 1, device=lit.device)
    return torch.exp(-(along[:, None] ** 2 + along**2) / (2 * sigma**2)) * lit


def _at_peak(cut: Tensor) -> Tensor:
    """(B, 4) means about the middle of a cut: light, lit, ratio, clipped."""
    weight = _around(_PEAK, cut[:, 1:2])
    return (weight * cut[:, :4]).sum((2, 3)) / weight.sum((2, 3)).clamp_min(1e-6)


def _fitted(cut: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Roughness of one highlight (B, 7, W, W), its standard deviation, and the share of the light's variance
    that the best lobe explains, each (B,); a share of 0 where there is no highlight."""
    light, lit, normal = cut[:, :1], cut[:, 1:2], cut[:, 4:]
    mirror = F.normalize((_around(_CORE, lit) * light * normal).sum((2, 3)), dim=1)
    cosine = (normal * mirror[:, :, None, None]).sum(1, keepdim=True).clamp(0, 1)
    roughness = torch.arange(*_GRID, device=cut.device)
    lobes = smoothed(_lobe(cosine, roughness[:, None, None] ** 2), _CELL)
    window = _around(_REACH, lit)
    explained = _explained(lobes, light, window)
    belief = _belief(explained, window)
    value = (belief * roughness).sum(1)
    deviation = (belief * (roughness - value[:, None]) ** 2).sum(1).sqrt()
    seen = _at_peak(cut)[:, 2] > _FAINT
    return value, deviation, explained.amax(1).clamp_min(0) * seen


def _lobe(cosine: Tensor, alpha: Tensor) -> Tensor:
    """GGX's distribution of normals, 1 at the mirror direction."""
    return (alpha / (cosine**2 * (alpha**2 - 1) + 1).clamp_min(1e-6)) ** 2 * alpha**2


def _explained(lobes: Tensor, light: Tensor, window: Tensor) -> Tensor:
    """(B, K) share of the variance of light (B, 1, G, G) that each lobe (B, K, G, G) explains, over window;
    -1..0 for one that is dark where the light is bright."""
    total = window.sum((2, 3)).clamp_min(1e-6)
    lobes = lobes - (lobes * window).sum((2, 3), keepdim=True) / total[..., None, None]
    light = light - (light * window).sum((2, 3), keepdim=True) / total[..., None, None]
    shared = (lobes * light * window).sum((2, 3))
    own = (lobes**2 * window).sum((2, 3)) * (light**2 * window).sum((2, 3))
    return shared * shared.abs() / own.clamp_min(1e-20)


def _belief(explained: Tensor, window: Tensor) -> Tensor:
    """(B, K) posterior weight of each roughness under Gaussian residuals, all roughnesses equal before."""
    samples = (window.sum((1, 2, 3)) / _INDEPENDENT).clamp_min(1.0)
    misfit = (1 - explained).clamp_min(1e-4)
    return torch.softmax(-0.5 * samples[:, None] * torch.log(misfit), dim=1)
