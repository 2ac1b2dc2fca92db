from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.filters import box_filter, spread
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
_BINS = 4096
"""Of a histogram of contrast."""
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
    outside = 1 - _solid(fine_matte.alpha > 0.5, reach).to(line.dtype)
    near = spread(hair.alpha, max(1, round(_FAR * long_side))) * outside
    grain = _quantile(line, background.alpha, near, 0.95)
    limit = (_GRAINS * grain).clamp_min(_FAINTEST)[:, None, None, None]
    line = torch.where(line > limit, line, 0.0).mul_(near)
    attached = _attached(line, spread(hair.alpha, 2 * _CELL) * (1 - outside))
    seen = away.div_(apart.clamp_min_(_COARSEST)).clamp_(1e-3, 1)
    kept = (fine_matte.alpha / seen).clamp_(0, 1)
    bald = Refusal(hair.alpha.flatten(1).sum(1) <= 0, "no hair is in sight")
    refusals = (*hair.refusals, bald, *key_pull.refusals)
    return LooseStrands(line.mul_(attached), kept, near.flatten(1).sum(1), grain, refusals)


def _attached(line: Tensor, roots: Tensor) -> Tensor:
    """(B, 1, H, W) 1 where lines lead, cell by cell, from the roots (B, 1, H, W)."""
    there = (_most(line) > 0).to(line.dtype) * (_coherence(line) > _LINE)
    found = spread(_most(roots), _GAP) * there
    for _ in range(round(_FAR * max(line.shape[2:]) / _CELL / _GAP) + 1):
        found = spread(found, _GAP) * there
    whole = F.interpolate(found, scale_factor=float(_CELL))
    return whole[..., : line.shape[2], : line.shape[3]]


def _coherence(line: Tensor) -> Tensor:
    """(B, 1, h, w) per cell: 1 where all slopes around it go one way, 0 where they go every way."""
    (height, width), (down, right) = line.shape[2:], (-length % _CELL for length in line.shape[2:])
    x, y = line.new_zeros(2, len(line), 1, height + down, width + right)
    x[..., :height, 1 : width - 1] = line[..., 2:] - line[..., :-2]
    y[..., 1 : height - 1, :width] = line[..., 2:, :] - line[..., :-2, :]
    inside = F.pad(torch.ones_like(line[:1]), (0, right, 0, down))
    cells = torch.cat([_summed(*each) for each in ((x, x), (x, y), (y, y))], 1) / _summed(inside, inside)
    xx, xy, yy = torch.split(box_filter(cells, 1), 1, dim=1)
    coherence: Tensor = torch.hypot(xx - yy, 2 * xy) / (xx + yy).clamp_min(1e-9)
    return coherence


def _summed(x: Tensor, y: Tensor) -> Tensor:
    """(B, 1, h, w): sums of x y over cells, slice by slice, which is several times faster than pooling."""
    rows = x[..., 0::_CELL, :] * y[..., 0::_CELL, :]
    for row in range(1, _CELL):
        rows.addcmul_(x[..., row::_CELL, :], y[..., row::_CELL, :])
    return sum((rows[..., column::_CELL] for column in range(1, _CELL)), rows[..., 0::_CELL])


def _most(x: Tensor) -> Tensor:
    """(B, 1, h, w): the largest value >= 0 of a cell, slice by slice."""
    down, right = (-length % _CELL for length in x.shape[2:])
    x = F.pad(x, (0, right, 0, down))
    rows = reduce(torch.maximum, (x[..., row::_CELL, :] for row in range(_CELL)))
    return reduce(torch.maximum, (rows[..., column::_CELL] for column in range(_CELL)))


def _distance(one: Tensor, other: Tensor) -> Tensor:
    """(B, 1, H, W): channel by channel, several times faster than a norm over a dimension of three."""
    step = one[:, :1] - other[:, :1]
    total = step.square()
    for channel in range(1, 3):
        step = one[:, channel : channel + 1] - other[:, channel : channel + 1]
        total.addcmul_(step, step)
    return total.sqrt_()


def _opened(x: Tensor, reach: int) -> Tensor:
    """(B, 1, H, W) in 0..2 without what is narrower than a square of `reach` either way."""
    return spread((2 - spread((2 - x).clamp_min_(0), reach)).clamp_min_(0), reach)


def _solid(subject: Tensor, reach: int) -> Tensor:
    """(B, 1, H, W) bytes, 0 or 1: the subject (bool) without what is narrower, and `reach` pixels around."""
    hollow = spread((~subject).to(torch.uint8), reach)
    return spread(1 - hollow, 2 * reach)


def _quantile(x: Tensor, where: Tensor, near: Tensor, q: float) -> Tensor:
    """(B,) of values in 0..2 of every third pixel both ways away from the hair, 0 where there is none.

    By a histogram, and one of the bin that it lies in: to 1e-6, in a tenth of the time that sorting takes.
    """
    step = slice(None, None, 3)
    few, weight, close = (each[..., step, step].flatten(1) for each in (x, where, near))
    weight = weight * (1 - close)
    low, width = torch.zeros_like(few[:, :1]), 2.0 / _BINS
    for _ in range(2):
        at = ((few - low) / width).clamp(-1, _BINS).long() + 1
        reached = weight.new_zeros(len(few), _BINS + 2).scatter_add_(1, at, weight).cumsum(1)
        first = (reached >= q * reached[:, -1:]).to(torch.uint8).argmax(1, keepdim=True)
        low, width = low + (first - 1).clamp_min(0) * width, width / _BINS
    return torch.where(weight.sum(1) > 0, low[:, 0], 0.0)


@overlay("lost_strands")
def strand_marks(loose_strands: LooseStrands) -> Marks:
    """The strands that the matte has, and those that it loses, a little broadened to be seen."""
    there = (loose_strands.contrast > 0).float()
    kept, lost = (spread(there * each, 1) for each in (loose_strands.kept > 0.5, loose_strands.kept <= 0.5))
    return Marks(areas={"strand kept": kept, "strand lost": lost})
