from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.background.backdrop import Backdrop
from lightmeter.measure.background.straight_edge import StraightEdge
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.colour import delta_e00

_SHOWN = 1.0
"""deltaE00 from which the line is drawn."""


@measurement(
    unit="deltaE00",
    bounds=(0.0, 150.0),
    source="CIEDE2000 between the two sides of the strongest straight line across the background",
    tolerance=1.5,
    exposure="free",
)
def horizon_line(straight_edge: StraightEdge) -> PerImage:
    """How hard the strongest straight edge across the backdrop is: 0 for a seamless cyclorama.

    At any angle, seen for at least 0.3 long sides; three quarters of the line have at least this step, in
    under a 1/30 of the long side. A gradient, soft shadow, blur or bokeh is no edge; of several parallel
    steps the same way (banding) only what the strongest is ahead of the second counts.
    Not measured where the background is unknown or under 2 % of the frame.
    """
    return PerImage(_strength(straight_edge)).refusing(straight_edge.refusals)


@overlay("horizon_line")
def horizon(straight_edge: StraightEdge, backdrop: Backdrop, linear: Tensor) -> Marks:
    """The line, over the background that it is seen on."""
    cell = linear.shape[3] / backdrop.share.shape[3]
    shown = (_strength(straight_edge) >= _SHOWN)[:, None, None]
    return Marks(paths={"straight edge": torch.where(shown, straight_edge.ends * cell, torch.nan)[:, None]})


def _strength(edge: StraightEdge) -> Tensor:
    half = edge.step / 2
    return delta_e00(edge.middle + half, edge.middle - half)
