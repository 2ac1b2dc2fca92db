"""A plain key of the backdrop, and what of the backdrop it leaves."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.background.backdrop import Backdrop
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.optics.colour import delta_e00, lab
from lightmeter.optics.filters import box_filter
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import Matte

GONE, KEPT = 2.0, 10.0
"""deltaE00 from the key within which nothing is left, and beyond which all is: `chroma_purity` calls the
first the key, and at the second a colour has another name."""
_WINDOW = 1 / 16


@dataclass(frozen=True)
class Keyed:
    """residue: (B, 1, h, w) coverage that a key leaves of the sure backdrop, on the grid of `Backdrop`.
    share: (B, 1, h, w) of each cell that is sure backdrop.
    """

    residue: Tensor
    share: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def keyed(backdrop: Backdrop) -> Keyed:
    """Key the backdrop's cells by the colour that an eyedropper takes from it: its median.

    Coverage left rises from 0 at 2 deltaE00 from the key to 1 at 10.
    """
    distance = delta_e00(lab(backdrop.linear), lab(backdrop.median))[:, None]
    left = ((distance - GONE) / (KEPT - GONE)).clamp(0, 1)
    residue = torch.where(backdrop.share > 0, left, 0.0)
    return Keyed(residue, backdrop.share, backdrop.refusals)


def windows(keyed: Keyed) -> tuple[Tensor, Tensor]:
    """(B, h w) mean residue of the window of 1/8 of the long side around each cell; its backdrop's share."""
    reach = max(1, round(_WINDOW * max(keyed.residue.shape[2:])))
    both = torch.cat((keyed.residue * keyed.share, keyed.share), 1).double()
    left, share = box_filter(both, reach).float().flatten(2).unbind(1)
    return (left / share.clamp_min(1e-6)).clamp(0, 1), share


@overlay("background_key_residue", "background_key_residue_worst")
def survives_the_key(keyed: Keyed, background: Matte) -> Marks:
    """What of the backdrop would survive the key."""
    size = background.alpha.shape[2:]
    left = F.interpolate(keyed.residue, tuple(size), mode="nearest")
    return Marks(areas={"would survive the key": (left * background.alpha).clamp(0, 1)})
