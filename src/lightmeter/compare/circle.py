"""Angles: differences go the short way round, and means are of directions, not of numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PERIODS = {"key_azimuth": 360.0, "background_gradient_angle": 360.0, "beam_angle": 180.0}
"""Degrees after which a measurement is where it was: directions 360, axes 180. Others are on a line:
an elevation ends at 90, a disagreement at 180. A test holds this list against the measurements."""


def wrapped(angle: Floats, period: float) -> Floats:
    """The same angle within half a period of 0."""
    return (angle + period / 2) % period - period / 2


def mean_angle(angle: Floats, period: float) -> float:
    """The direction of the summed unit vectors; Mardia & Jupp, Directional Statistics, 2000, ch. 2."""
    phase = angle * (2 * np.pi / period)
    return float(np.arctan2(np.sin(phase).sum(), np.cos(phase).sum()) * period / (2 * np.pi))


def unrolled(angle: Floats, period: float) -> Floats:
    """Angles as numbers on a line, within half a period of their mean direction.

    >>> unrolled(np.array([179.0, -179.0]), 360.0) % 360
    array([179., 181.])
    """
    if not len(angle):
        return angle
    middle = mean_angle(angle, period)
    return middle + wrapped(angle - middle, period)
