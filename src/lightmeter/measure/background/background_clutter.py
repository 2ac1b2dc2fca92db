from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.measure.background.clutter import Clutter
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.constants import constant

_BOXES = 6
_ROUNDS = 160
"""Steps in which a label walks through an element of the grid of 128."""


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="share of cells off a robust smooth surface by more than texture, within hard edges",
    tolerance=0.05,
    exposure="free",
)
def background_clutter(clutter: Clutter) -> PerImage:
    """Share of the backdrop that is neither smooth nor noise: things that should not be there.

    A cell is clutter where it is off the surface (with its straight edge) by 5 deltaE00 and by three times
    the backdrop's texture, and a hard edge bounds what it belongs to: haze, shadows, glows and blur are
    smooth. Not measured where the background is unknown or under 2 % of the frame.
    """
    return PerImage(clutter.share).refusing(clutter.refusals)


@overlay("background_clutter")
def elements(clutter: Clutter, linear: Tensor) -> Marks:
    """The clutter, and boxes around its six largest parts."""
    return Marks(areas={"clutter": clutter.alpha}, paths={"element": _boxes(clutter.alpha, linear)})


def _boxes(alpha: Tensor, linear: Tensor) -> Tensor:
    """(B, 6, 5, 2) closed outlines in frame pixels; NaN where there are fewer parts."""
    b, _, h, w = alpha.shape
    label = torch.arange(1, h * w + 1, device=alpha.device).view(1, 1, h, w) * (alpha > 0)
    label = label.to(torch.float32)
    for _ in range(_ROUNDS):
        label = F.max_pool2d(label, 3, 1, 1) * (alpha > 0)
    counts = torch.zeros(b, h * w + 1, device=alpha.device)
    counts = counts.scatter_add(1, label.flatten(1).long(), alpha.flatten(1))
    counts[:, 0] = 0
    size, name = counts.topk(min(_BOXES, h * w), dim=1)
    inside = (label == name[:, :, None, None].float()) & (size > 0)[:, :, None, None]
    low_y, high_y = _extent(inside.any(3))
    low_x, high_x = _extent(inside.any(2))
    corners = ((low_x, low_y), (high_x, low_y), (high_x, high_y), (low_x, high_y), (low_x, low_y))
    boxes = torch.stack([torch.stack(corner, -1) for corner in corners], 2)
    boxes = boxes * constant((linear.shape[3] / w, linear.shape[2] / h), boxes)
    return torch.where((size > 0)[..., None, None], boxes, torch.nan)


def _extent(there: Tensor) -> tuple[Tensor, Tensor]:
    """First, and one beyond the last, place of there (B, N, n)."""
    at = torch.arange(there.shape[2], device=there.device, dtype=torch.float32)
    low = torch.where(there, at, torch.inf).amin(2)
    return low, torch.where(there, at + 1, -torch.inf).amax(2)
