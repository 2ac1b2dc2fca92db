from __future__ import annotations

import torch
from torch.nn import functional as F

from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.measure.skin.pore_band import CHEEKS, CHIN, FOREHEAD, NOSE, PoreBand
from lightmeter.see.canvas import Canvas
from lightmeter.see.patches import PLACES, SIDE, SkinPatches
from lightmeter.see.regions import FaceMesh


@measurement(
    unit="%",
    bounds=(0.0, 200.0),
    source="RMS contrast (Peli 1990) of a difference of Gaussians of log luminance, less grain's power",
    tolerance=0.25,
    rescale="free",
)
def skin_texture(pore_band: PoreBand) -> PerImage:
    """RMS contrast of skin at 20 to 80 cycles per face width, in percent of its luminance, without grain.

    The lower quartile over places on forehead, cheeks, nose and chin: most skin of a face is even, and
    wrinkles, hairs and edges, which only add, stay out of it. A band of log luminance knows neither
    exposure nor skin tone nor smooth light. Its error grows with the grain that was taken off and where a
    codec has left nothing in the skin's top octave. Not measured without a face, on one under 160 native
    pixels or enlarged from fewer, and where little lit skin faces the camera.
    """
    return pore_band.measured((*FOREHEAD, *CHEEKS, *NOSE, *CHIN))


_WITHOUT_PORES = 0.6
"""Percent. Four of five pictures labelled porcelain have less, and one of eight labelled natural."""


@overlay(
    "skin_texture", "skin_texture_forehead", "skin_texture_cheeks", "skin_texture_nose", "skin_texture_chin"
)
def smooth_skin(canvas: Canvas, face: FaceMesh, broad_patches: SkinPatches, pore_band: PoreBand) -> Marks:
    """Where skin is smooth: 1 without any texture, 0 from twice the contrast of porcelain up."""
    contrast = 100 * (pore_band.raw - pore_band.grain).clamp_min(0).sqrt()
    smooth = (1 - contrast / (2 * _WITHOUT_PORES)).clamp(0, 1) * pore_band.bare
    half = (SIDE / 2 * face.width / broad_patches.face_width)[:, None, None, None]
    drawn = []
    for window, place in enumerate(PLACES):
        grid = (canvas.middles - face.points[:, place, None, None, :2]) / half
        drawn.append(F.grid_sample(smooth[:, window, None], grid.nan_to_num(9.0), align_corners=False))
    return Marks(areas={"skin without texture": torch.cat(drawn, dim=1).amax(1, keepdim=True)})
