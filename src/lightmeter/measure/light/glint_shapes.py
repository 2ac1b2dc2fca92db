"""The outline of the main catchlight of each eye: what `catchlight_roundness` reads from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.measure.light.eye_glints import Glints
from lightmeter.optics.filters import spread
from lightmeter.optics.geometry import length
from lightmeter.optics.rectangularity import rectangularity
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.see.eyes import EyeWindows
from lightmeter.see.provide import Refusal, provides

_EDGE = 0.5
"""Of the way from the iris to the summit: where an edge stays when it is blurred."""
_RAMP = 0.75
"""Of that way, over which a pixel goes from out to in: with 0.5 as with 1 small discs look squarer."""
_SUMMIT = 0.9
_REACH = 0.8
"""Iris radii from the glint's middle beyond which nothing is a part of it."""
_STEPS = 28
_BEYOND = 0.95


@dataclass(frozen=True)
class GlintShapes:
    """cover: (B, 2, S, S) share of each window pixel that the main glint covers. squareness: (B, 2)
    complex, see `lightmeter.optics.rectangularity`. width: (B, 2) root of its area, in native pixels, or in
    the window's where these are larger; 0 without one. cut: (B, 2) share of it past the lids or the iris."""

    cover: Tensor
    squareness: Tensor
    width: Tensor
    cut: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def glint_shapes(eyes: EyeWindows, eye_glints: Glints) -> GlintShapes:
    """Outline what stands around the main glint of each eye at half its height over the iris.

    Edges are read to a part of a pixel: coverage goes from 0 to 1 about the half height.
    """
    offset, opening = eyes.offset().flatten(0, 1), eyes.opening.flatten(0, 1)
    bright = luminance(eyes.linear.flatten(0, 1))[:, 0]
    inside = opening * (length(offset, 1) < _BEYOND)
    size = eye_glints.area.gather(2, eye_glints.flux.argmax(2, keepdim=True)).flatten().sqrt()
    away = length(offset - eye_glints.main.flatten(0, 1)[..., None, None], 1)
    iris = weighted_quantile(bright.flatten(1), inside.flatten(1), 0.5).nan_to_num()
    cover = _cover(bright, iris, away, size)
    cover = cover * (size > 0)[:, None, None]
    pixels = cover.sum((1, 2)).sqrt()
    native = eyes.diameter.flatten() / (2 * eyes.iris[..., 2].flatten()).clamp_min(1e-6)
    square = rectangularity(cover.flatten(1), *offset.flatten(2).unbind(1))
    cut = (cover * (1 - inside)).sum((1, 2)) / cover.sum((1, 2)).clamp_min(1e-6)
    each = (square.nan_to_num(), pixels * native.clamp_max(1).nan_to_num(), cut)
    square, width, cut = (x.reshape(-1, 2) for x in each)
    return GlintShapes(cover.reshape_as(eyes.opening), square, width, cut, eyes.refusals)


def _cover(bright: Tensor, iris: Tensor, away: Tensor, size: Tensor) -> Tensor:
    """(N, S, S) 0..1: what hangs together with the summit above half height, its edge a ramp."""
    core = away < size.clamp_min(0.05)[:, None, None]
    peak = torch.where(core, bright, 0).amax((1, 2), keepdim=True)
    height = (bright - iris[:, None, None]) / (peak - iris[:, None, None]).clamp_min(1e-6)
    above = (height > _EDGE) & (away < _REACH)
    part, above = (above & core & (height > _SUMMIT)).float(), above.float()
    for _ in range(_STEPS):
        part = spread(part, 1) * above
    return ((height - _EDGE) / _RAMP + 0.5).clamp(0, 1) * spread(part, 1)
