"""Portraits under a beam of light whose axis, width, falloff and break-up are known.

A photograph in flat light is multiplied by a mask, as a projector's slide would light it: 1 inside the beam,
`2 ** -stops` outside. Haze adds a share of the mask to the picture, as dust in the air would scatter it.
Angles as in `beam_angle`: of the beam's axis in the image plane, in degrees, top-left to bottom-right is -45.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
_GAP = 0.02
"""Least width of a strand's shadow, in face widths."""


@dataclass(frozen=True)
class Beam:
    """centre: x, y in pixels; unit: the face's width in pixels, in which the lengths below are given.

    width: between the half-lit edges. edge: from dark to lit. stops: lit over unlit. pitch: of the slats of
    a blind, each as wide as the beam; 0 for one beam. strands: shadows of hair per face width along the
    axis, at irregular places, widths and angles; 0 for an unbroken beam. haze: linear light that the
    air adds before the beam meets the hair.
    """

    angle: float
    centre: tuple[float, float]
    unit: float
    width: float = 0.5
    edge: float = 0.05
    stops: float = 4.0
    pitch: float = 0.0
    strands: float = 0.0
    haze: float = 0.0
    seed: int = 0

    def band(self, height: int, width: int) -> Plane:
        """(height, width) share of the beam's light before hair breaks it: 0 outside, 1 inside."""
        _, across = self._places(height, width)
        if self.pitch:
            across = (across + self.pitch / 2) % self.pitch - self.pitch / 2
        return _rise((self.width / 2 - np.abs(across)) / self.edge)

    def mask(self, height: int, width: int) -> Plane:
        """(height, width) share of the beam's light that arrives at the subject."""
        band = self.band(height, width)
        return band * self._hair(*self._places(height, width)) if self.strands else band

    def lit(self, linear: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The scene-linear picture (H, W, 3) under this beam."""
        mask, band = (each(*linear.shape[:2])[..., None] for each in (self.mask, self.band))
        dark = np.float32(2.0**-self.stops)
        return linear * (dark + (1 - dark) * mask) + np.float32(self.haze) * band

    def _places(self, height: int, width: int) -> tuple[Plane, Plane]:
        """Face widths along the axis and across it, from the centre."""
        y, x = np.mgrid[:height, :width].astype(np.float32) + 0.5
        turn = np.deg2rad(self.angle)
        x, y = (x - self.centre[0]) / self.unit, (y - self.centre[1]) / self.unit
        return x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)

    def _hair(self, along: Plane, across: Plane) -> Plane:
        """Share of the light that strands of hair across the beam let pass."""
        random = np.random.default_rng(self.seed)
        gap, clear = 1 / self.strands, np.ones_like(along)
        for place in np.arange(-2.0, 2.0, gap):
            at = place + gap * random.uniform(-0.25, 0.25)
            bend = across * np.tan(random.uniform(-0.6, 0.6)) + 0.1 * np.sin(
                3 * across + random.uniform(0, 6)
            )
            half = max(_GAP, gap * random.uniform(0.15, 0.3))
            clear *= 1 - _rise((half - np.abs(along - at - bend)) / self.edge)
        return clear


def _rise(distance: Plane) -> Plane:
    """From 0 at -1/2 to 1 at 1/2, smoothly."""
    t = np.clip(distance + 0.5, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)
