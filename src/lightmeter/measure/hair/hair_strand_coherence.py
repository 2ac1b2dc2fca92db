from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.hair.strands import Strands, typical
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.hair_patches import CELL, HairPatches
from lightmeter.see.regions import FaceMesh

_SIDE = 4
_FAINT = 1.0
"""Percent of contrast below which there is no strand to have a direction: codecs leave as much."""

_MOST_GRAIN = 0.7


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="coherence of the structure tensor (Bigun and Granlund 1987) of neighbouring blocks of hair",
    tolerance=0.1,
    rescale="free",
)
def hair_strand_coherence(strands: Strands) -> PerImage:
    """How well strands run in one direction locally: 1 all parallel, 0 none, as in noise or pebbles.

    Of gradients in the band of `hair_strand_contrast`, the resultant length of their directions at twice the
    angle. Read as the agreement of neighbouring blocks of 0.04 face widths, in which noise, that has no
    direction in common, cancels, and relative to power less grain's. Combed strands read 0.7 to 0.9, frizz
    and curls 0.5. Strands whose directions spread by von Mises' law of concentration k read I1(k) / I0(k).
    Not measured where `hair_strand_contrast` is not, where that is below 1 %, and where grain is more than
    0.7 of what is seen.
    """
    agreement, spread = typical(_agreement(strands), strands.weight)
    contrast = 100 * typical(strands.variance - strands.grain, strands.weight)[0].clamp_min(0).sqrt()
    share, _ = typical(strands.noise.mean(2) / strands.steep.mean(2).clamp_min(1e-12), strands.weight)
    coherence = agreement.clamp(0, 1).sqrt()
    error = torch.minimum(spread / (2 * coherence).clamp_min(1e-9), spread.sqrt())
    return (
        PerImage(coherence, error=error)
        .refusing(strands.refusals)
        .unless(contrast < _FAINT, "strands are too faint to have a direction: contrast {:.1f} %", contrast)
        .unless(share > _MOST_GRAIN, "grain hides the strands: it is {:.1f} of what is seen", share)
    )


def _agreement(strands: Strands) -> Tensor:
    """(B, N): squared coherence of a window, from pairs of neighbours across and down; may be below 0."""
    size = (*strands.steep.shape[:2], _SIDE, _SIDE)
    power = (strands.steep - strands.noise).clamp_min(0).view(size)
    turned = strands.doubled.view(*size, 2)
    both, alike = torch.zeros_like(power[..., 0, 0]), torch.zeros_like(power[..., 0, 0])
    for axis in (2, 3):
        one, other = (slice(0, -1), slice(1, None))
        a, b = (turned.narrow(axis, s.start, _SIDE - 1) for s in (one, other))
        p, q = (power.narrow(axis, s.start, _SIDE - 1) for s in (one, other))
        alike = alike + (a * b).sum((2, 3, 4))
        both = both + (p * q).sum((2, 3))
    return (alike / both.clamp_min(1e-12)).clamp(-1, 1)


@overlay("hair_strand_coherence")
def strand_directions(face: FaceMesh, hair_patches: HairPatches, strands: Strands) -> Marks:
    """A stroke along the strands of each block, as long as they are of one direction."""
    at = (torch.arange(_SIDE, device=face.width.device) + 0.5) / _SIDE - 0.5
    offsets = torch.stack(torch.meshgrid(at, at, indexing="xy"), -1).view(1, 1, -1, 2)
    cell = CELL * face.width[:, None, None, None]
    middle = hair_patches.centre[:, :, None] + cell * offsets
    x, y = strands.doubled.unbind(3)
    across = torch.atan2(y, x) / 2  # of the gradient, which strands are perpendicular to
    along = torch.stack((-torch.sin(across), torch.cos(across)), dim=3)
    length = torch.hypot(x, y) / (strands.steep - strands.noise).clamp_min(1e-12)
    reach = (cell / _SIDE / 2) * length.clamp(0, 1)[..., None] * along
    strokes = torch.stack((middle - reach, middle + reach), dim=3)
    read = (strands.weight > 0)[:, :, None, None, None]
    return Marks(paths={"strands": torch.where(read, strokes, torch.nan).flatten(1, 2)})
