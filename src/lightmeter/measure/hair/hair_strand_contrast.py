from __future__ import annotations

import torch

from lightmeter.measure.hair.strands import Strands, typical
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.canvas import Canvas
from lightmeter.see.hair_patches import CELL, HairPatches
from lightmeter.see.regions import FaceMesh

_DOUBT = 0.3
"""Of grain's power, which differs so much between hair and the smoothest places of a picture."""


@measurement(
    unit="%",
    bounds=(0.0, 200.0),
    source="RMS contrast (Peli 1990) of a difference of Gaussians of log luminance, less grain's power",
    tolerance=1.0,
    rescale="free",
)
def hair_strand_contrast(strands: Strands) -> PerImage:
    """RMS contrast of lit hair at 20 to 80 cycles per face width, in percent of its luminance, without grain.

    The median over up to 24 patches of hair around the face, the brightest ones. Bundles of strands that each
    catch the light read 8 to 20; hair painted or smoothed into clumps, or lost in haze or blur, reads less
    than 5, and so does hair out of focus. A band of log luminance knows neither exposure nor the colour of
    hair nor smooth light. Of its error a part is the spread over patches, another what is uncertain of grain.
    Not measured without a face, on one under 160 native pixels, where hair fills less than 4 patches of 0.15
    face widths around it, and where fewer are neither black nor burnt out. Hats and veils read as hair.
    """
    middle, spread = typical(strands.variance - strands.grain, strands.weight)
    grain, _ = typical(strands.grain, strands.weight)
    contrast = middle.clamp_min(0).sqrt()
    # d sqrt(v) = dv / 2 sqrt(v), and no more than sqrt(dv) where nothing is left.
    doubt = torch.hypot(spread, _DOUBT * grain)
    error = torch.minimum(doubt / (2 * contrast).clamp_min(1e-9), doubt.sqrt())
    return PerImage((100 * contrast).clamp_max(200), error=100 * error).refusing(strands.refusals)


_STRONG = 20.0
"""Percent drawn as full."""


@overlay("hair_strand_contrast")
def strand_contrast_map(canvas: Canvas, face: FaceMesh, hair_patches: HairPatches, strands: Strands) -> Marks:
    """Each patch that was read, as strong as its contrast: full from 20 % up."""
    contrast = 100 * (strands.variance - strands.grain).clamp_min(0).sqrt()
    value = (0.1 + 0.9 * contrast / _STRONG).clamp(0, 1) * strands.weight
    half = CELL / 2 * face.width[:, None, None, None]
    drawn = []
    for n in range(hair_patches.centre.shape[1]):
        away = (canvas.middles - hair_patches.centre[:, n, None, None]).abs()
        drawn.append((away < half).all(3) * value[:, n, None, None])
    return Marks(areas={"contrast of strands": torch.stack(drawn, dim=1).amax(1, keepdim=True)})
