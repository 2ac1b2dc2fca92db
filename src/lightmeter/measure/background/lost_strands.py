from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.filters import box_filter, spread
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.see.fine_matte import FineMatte, KeyPull
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh, Matte

_WIDEST = 1 / 200
"""Of the long side: 5 pixels of 1024. What is wider is a lock, which the silhouette has."""
_FAR = 1 / 12
"""Of the long side: how far beyond the hair its strands are followed."""
_CELL = 4
"""Pixels of the grid on which strands are followed from cell to cell."""
_GAP = 2
"""Cells: a strand that is lost in the grain for one cell is still the same strand."""
_LINE = 0.35
"""Coherence of the structure tensor: grain over 12 pixels has 0.1 to 0.2, one strand 0.8, two that cross at
60 degrees 0.5."""
_GRAINS, _FAINTEST = 1.5, 0.02
"""Contrast of a strand at least: this many times the 95th percentile of what the backdrop's own grain makes
away from the hair; and 5 codes of 255."""
_COARSEST = 0.03
"""Grain beyond which lines are the backdrop's own: 8 codes of 255. Of 33 backdrops labelled plain,
chroma or black 29 have less, of 11 textured ones 1. Also the least contrast of hair by which is divided."""
_LEAST = 0.01
"""Least share of the band beside the hair that strands cover, for a share of them to be one."""


@dataclass(frozen=True)
class LooseStrands:
    """Strands of hair before the backdrop, outside all that is solid.

    contrast: (B, 1, H, W) encoded, against the clean plate; 0 where no strand is. kept: (B, 1, H, W) share of
    it that the fine matte has. band: (B,) pixels of backdrop beside the hair. grain: (B,) encoded, what the
    backdrop alone has of such contrast.
    """

    contrast: Tensor
    kept: Tensor
    band: Tensor
    grain: Tensor
    refusals: tuple[Refusal, ...] = ()


@measurement(
    unit="%",
    bounds=(0.0, 100.0),
    source="strand-scale contrast to the clean plate in lines from the hair, share not in the matte",
    tolerance=10.0,
    exposure="free",
    rescale="free",
)
def lost_strands(loose_strands: LooseStrands) -> PerImage:
    """Share of the hair's fine strands before the backdrop that a key loses: in sight, but not in the matte.

    Of all contrast to the clean plate in lines at most 1/200 of the long side wide that lead away from the
    hair, what the fine matte's coverage does not explain: 0 where every strand is kept, 100 where the hair
    is cut off along its outline. Strands that a light makes brighter than a dark backdrop's hair are such.
    Not measured without a face with hair and a backdrop, where strands cover less than 1 % of the band
    beside the hair, and before a backdrop whose own texture looks like strands.
    """
    seen = loose_strands.contrast.flatten(1).sum(1)
    lost = (loose_strands.contrast * (1 - loose_strands.kept)).flatten(1).sum(1)
    cover = (loose_strands.contrast > 0).flatten(1).sum(1) / loose_strands.band.clamp_min(1)
    return (
        PerImage((100 * lost / seen.clamp_min(1e-6)).clamp(0, 100))
        .refusing(loose_strands.refusals)
        .unless(loose_strands.band < 1, "no backdrop is beside the hair")
        .unless(loose_strands.grain > _COARSEST, "the backdrop's own texture looks like strands of hair")
        .unless(
            cover < _LEAST,
            "loose strands cover {:.1f} % of the band beside the hair: 1 is needed",
            100 * cover,
        )
    )


@provides
def loose_strands(
    encoded: Tensor, key_pull: KeyPull, fine_matte: FineMatte, background: Matte, hair: Matte, face: FaceMesh
) -> LooseStrands:
    """Find lines on the backdrop, follow those that lead from the hair, and hold the matte against them."""
    long_side = max(encoded.shape[2:])
    reach = max(1, round(_WIDEST * long_side / 2 + 0.5))
    away, apart = (_distance(each, key_pull.plate) for each in (encoded, key_pull.own))
    line = away - _opened(away, reach)
    solid = spread(_opened((fine_matte.alpha > 0.5).float(), reach), reach)
    near = spread(hair.alpha, max(1, round(_FAR * long_side))) * (1 - solid)
    grain = _quantile(line, background.alpha * (1 - near), 0.95)
    limit = (_GRAINS * grain).clamp_min(_FAINTEST)[:, None, None, None]
    line = line * (line > limit) * near
    attached = _attached(line, spread(hair.alpha, 2 * _CELL) * solid)
    seen = (away / apart.clamp_min(_COARSEST)).clamp(1e-3, 1)
    kept = (fine_matte.alpha / seen).clamp(0, 1)
    bald = Refusal(hair.alpha.flatten(1).sum(1) <= 0, "no hair is in sight")
    refusals = (*hair.refusals, bald, *key_pull.refusals)
    return LooseStrands(line * attached, kept, near.flatten(1).sum(1), grain, refusals)


def _attached(line: Tensor, roots: Tensor) -> Tensor:
    """(B, 1, H, W) 1 where lines lead, cell by cell, from the roots (B, 1, H, W)."""
    there = (F.max_pool2d(line, _CELL, ceil_mode=True) > 0).to(line.dtype) * (_coherence(line) > _LINE)
    found = spread(F.max_pool2d(roots, _CELL, ceil_mode=True), _GAP) * there
    for _ in range(round(_FAR * max(line.shape[2:]) / _CELL / _GAP) + 1):
        found = spread(found, _GAP) * there
    whole = F.interpolate(found, scale_factor=float(_CELL))
    return whole[..., : line.shape[2], : line.shape[3]]


def _coherence(line: Tensor) -> Tensor:
    """(B, 1, h, w) per cell: 1 where all slopes around it go one way, 0 where they go every way."""
    x = F.pad(line[..., 2:] - line[..., :-2], (1, 1, 0, 0))
    y = F.pad(line[..., 2:, :] - line[..., :-2, :], (0, 0, 1, 1))
    cells = F.avg_pool2d(torch.cat((x * x, x * y, y * y), 1), _CELL, ceil_mode=True)
    xx, xy, yy = torch.split(box_filter(cells, 1), 1, dim=1)
    coherence: Tensor = torch.hypot(xx - yy, 2 * xy) / (xx + yy).clamp_min(1e-9)
    return coherence


def _distance(one: Tensor, other: Tensor) -> Tensor:
    """(B, 1, H, W): channel by channel, several times faster than a norm over a dimension of three."""
    red, green, blue = ((one[:, c : c + 1] - other[:, c : c + 1]).square() for c in range(3))
    return (red + green + blue).sqrt()


def _opened(x: Tensor, reach: int) -> Tensor:
    """(B, 1, H, W) in 0..2 without what is narrower than a square of `reach` either way."""
    return spread((2 - spread((2 - x).clamp_min(0), reach)).clamp_min(0), reach)


def _quantile(x: Tensor, where: Tensor, q: float) -> Tensor:
    """(B,) of every third pixel both ways where there is any, else 0."""
    step = slice(None, None, 3)
    few, weight = (each[..., step, step].flatten(1) for each in (x, where))
    return weighted_quantile(few, weight, q).nan_to_num()


@overlay("lost_strands")
def strand_marks(loose_strands: LooseStrands) -> Marks:
    """The strands that the matte has, and those that it loses, a little broadened to be seen."""
    there = (loose_strands.contrast > 0).float()
    kept, lost = (spread(there * each, 1) for each in (loose_strands.kept > 0.5, loose_strands.kept <= 0.5))
    return Marks(areas={"strand kept": kept, "strand lost": lost})
