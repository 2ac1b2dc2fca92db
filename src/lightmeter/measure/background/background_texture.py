from __future__ import annotations

from lightmeter.measure.background.fine_backdrop import FineBackdrop
from lightmeter.measure.registry import PerImage, measurement


@measurement(
    unit="deltaE00",
    bounds=(0.0, 150.0),
    source="CIEDE2000 of 1/256 long side cells to their 7 x 7 mean: 1.48 of the median, RMS under Gauss",
    tolerance=0.4,
    exposure="free",
)
def background_texture(fine_backdrop: FineBackdrop) -> PerImage:
    """Fine irregular structure on the backdrop, at 35 to 130 cycles per long side: 0 for smooth paper.

    A median, so edges, steps, lamps and bokeh, which are sparse or wide, leave it alone. Grain counts as far
    as it survives the mean over a cell.
    Not measured where the background is unknown or under 2 % of the frame.
    """
    return PerImage(fine_backdrop.texture).refusing(fine_backdrop.refusals)
