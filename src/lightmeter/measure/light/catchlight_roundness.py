from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.measure.light.eye_glints import Glints
from lightmeter.measure.light.glint_shapes import GlintShapes
from lightmeter.measure.light.seen_eyes import readable, refusing_unseen
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.canvas import Canvas
from lightmeter.see.eyes import SIDE, EyeWindows

_LEAST_IRIS = 18
"""Native pixels: what is as wide as a shape needs to be is over a quarter of a smaller iris, and rather its
white or a lid than a lamp."""
_LEAST = 4.5
"""Native pixels across a catchlight. Of 600 drawn ones under blurs of 0.2 to 1 pixel, all rectangles that are
5 and more wide read under 0.75, and 98 % of what is round over it; from 4.5 to 5 one rectangle in eight is
rounded further than that, and below 4 so are the noise and the raster of round ones."""
_CUT = 0.15
_NOISE = 0.1
_ROUNDED = 25.0
"""Square pixels: a square w across, under a blur of 0.6 pixels, reads 1 / (1 + 35 / w^2) of what it is."""


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="fourth moments of the main glint's outline; see lightmeter.optics.rectangularity",
    tolerance=0.2,
    rescale="free",
)
def catchlight_roundness(glint_shapes: GlintShapes, eye_glints: Glints) -> PerImage:
    """The shape of the lamp that the eyes mirror: 1 is round, 0 is rectangular.

    Beauty dish, ring, octabox and umbrella are round, and so is any ellipse of them that a cornea makes;
    softbox, window and strip are rectangular, at any turn and length, window bars or not. It is 1 less the
    rectangularity of the outline of the brightest catchlight, of both eyes where both show it; the error
    grows as it gets smaller, since blur rounds corners. A lamp of 20 degrees is a ninth of the iris wide.
    Unmoved by exposure and mirror. Not measured without a face or a catchlight, where no iris is 18 native
    pixels wide or the catchlight is under 4.5, where a lid cuts it off, and as `catchlights`.
    """
    seen = readable(eye_glints) & (eye_glints.count > 0)
    width = torch.where(seen & (eye_glints.diameter >= _LEAST_IRIS), glint_shapes.width, 0)
    whole = (width >= _LEAST) & (glint_shapes.cut < _CUT)
    rectangular, error = _of_both(glint_shapes.squareness, width * whole)
    widest, iris = width.amax(1), eye_glints.diameter.amax(1)
    small = f"the iris is {{:.0f}} px wide: a catchlight's shape needs {_LEAST_IRIS}"
    return (
        refusing_unseen((1 - rectangular).clamp(0, 1), eye_glints, error)
        .unless(~seen.any(1), "no catchlight")
        .unless(iris < _LEAST_IRIS, small, iris)
        .unless(widest < _LEAST, f"the catchlight is {{:.1f}} px wide: its shape needs {_LEAST}", widest)
        .unless(~whole.any(1), "a lid cuts the catchlight off")
    )


def _of_both(each: Tensor, width: Tensor) -> tuple[Tensor, Tensor]:
    """(B,) rectangularity and its error, of squareness (B, 2) and width (B, 2), 0 for an eye unheard.

    Turned alike in both eyes, a rectangle's squareness adds up; noise does not.
    """
    share = width.square() / width.square().sum(1, keepdim=True)
    mean = (share * each).sum(1)
    rectangular = mean.abs()
    apart = (share * (each - mean[:, None]).abs().square()).sum(1)
    rounded = rectangular * _ROUNDED * (share / width.square().clamp_min(1)).sum(1)
    rounded = torch.minimum(rounded, (1 - rectangular).clamp_min(0))
    return rectangular, torch.sqrt(_NOISE**2 + rounded**2 + apart)


@overlay("catchlight_roundness")
def catchlights_outlined(glint_shapes: GlintShapes, eyes: EyeWindows, canvas: Canvas) -> Marks:
    """The main catchlight of each eye, filled as far as its outline goes."""
    both = [_on_frame(glint_shapes.cover[:, i], eyes.iris[:, i], eyes.frame[:, i], canvas) for i in (0, 1)]
    return Marks(areas={"outline of the catchlight": torch.maximum(*both)})


def _on_frame(cover: Tensor, iris: Tensor, frame: Tensor, canvas: Canvas) -> Tensor:
    """(B, 1, h, w): a plane (B, S, S) of a window, in which the iris (B, 3) lies as on the frame (B, 3)."""
    frame = frame.nan_to_num(1.0)
    iris, frame = iris[:, None, None], frame[:, None, None]
    place = (canvas.middles - frame[..., :2]) * (iris[..., 2:] / frame[..., 2:]) + iris[..., :2]
    return F.grid_sample(cover[:, None], place / SIDE * 2 - 1, align_corners=False)
