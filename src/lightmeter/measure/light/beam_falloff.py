from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.statistics import weighted_mean, weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import Matte

_LONG_SIDE = 128
_FLOOR = 1 / 256
"""Of the brightest skin: deeper shadow, 8 stops down, is below what eight bits hold."""

_LEAST_CELLS = 20.0
_SURE = 0.9
"""Least share of bare skin in a cell: those on the fringe of hair hold hair, which is dark in any light."""

_LEAST_CLASS = 0.1
"""Least share of the skin in either class: what leaks into a matte from hair, brows and pupils is less."""


@measurement(
    unit="stop",
    bounds=(0.0, 8.0),
    source="Otsu 1979, IEEE Trans. SMC 9(1), on log2 luminance of skin; the means of its two classes",
    tolerance=0.3,
)
def beam_falloff(linear: Tensor, skin: Matte, hair: Matte) -> PerImage:
    """How many stops the lit part of the subject stands over the rest of it.

    Read on all bare skin in sight, face, neck and hands, whose paint is even: black clothes beside a white
    face are no shadow. Light need not be a beam: even light reads under a stop, a side light what its shadow
    is worth. Not measured without a face and where too little skin is in sight.
    """
    stops, share = _levels(linear, skin, hair)
    threshold = _threshold(stops, share)
    lit = (stops > threshold[:, None]).float()
    apart = weighted_mean(stops, share * lit) - weighted_mean(stops, share * (1 - lit))
    few = Refusal(share.sum(1) < _LEAST_CELLS, "too little bare skin is in sight")
    # All of one level: one class is empty.
    return PerImage(apart.nan_to_num(0.0)).refusing((*skin.refusals, few))


@overlay("beam_falloff")
def lit_skin(linear: Tensor, skin: Matte, hair: Matte) -> Marks:
    """The skin that counts as lit."""
    stops, share = _levels(linear, skin, hair)
    cell = _cell(linear)
    height, width = (math.ceil(n / cell) for n in linear.shape[2:])
    lit = (stops > _threshold(stops, share)[:, None]).float().reshape(-1, 1, height, width)
    full = lit.repeat_interleave(cell, 2).repeat_interleave(cell, 3)[
        ..., : linear.shape[2], : linear.shape[3]
    ]
    return Marks(areas={"lit skin": full * skin.alpha})


def _cell(linear: Tensor) -> int:
    return math.ceil(max(linear.shape[2:]) / _LONG_SIDE)


def _levels(linear: Tensor, skin: Matte, hair: Matte) -> tuple[Tensor, Tensor]:
    """(B, N) stops of the skin in each cell below the brightest, and the cell's share of skin."""
    cell = _cell(linear)
    bare = skin.alpha * (1 - hair.alpha)
    share = F.avg_pool2d(bare, cell, ceil_mode=True)
    level = F.avg_pool2d(luminance(linear) * bare, cell, ceil_mode=True) / share.clamp_min(1e-6)
    level, share = level.flatten(1), (share * (share > _SURE)).flatten(1)
    brightest = weighted_quantile(level, share, 0.95).nan_to_num(1.0).clamp_min(1e-5)
    return torch.log2((level / brightest[:, None]).clamp(_FLOOR, 1)), share


def _threshold(stops: Tensor, share: Tensor) -> Tensor:
    """(B,) the level that splits the weighted stops (B, N) into the two classes furthest apart."""
    rising, order = stops.sort(dim=1)
    held = share.gather(1, order)
    under, summed = held.cumsum(1), (held * rising).cumsum(1)
    total, mean = under[:, -1:], summed[:, -1:]
    between = (mean * under - total * summed) ** 2 / (under * (total - under)).clamp_min(1e-6)
    balanced = (under >= _LEAST_CLASS * total) & (under <= (1 - _LEAST_CLASS) * total)
    between = torch.where(balanced, between, -1.0)
    return rising.gather(1, between.argmax(1, keepdim=True))[:, 0]
