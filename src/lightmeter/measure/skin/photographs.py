"""The spectrum of skin in real photographs: what that of a face is shown beside."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from pydantic.dataclasses import dataclass

PORES = 300
"""Face width over the smaller sigma of the pore band, which is 20 to 80 cycles per face width."""

_PEAK = 0.153
"""Cycles per sigma at which a difference of Gaussians of sigma and 2 sigma passes most."""

_STEPS = range(-4, 3)
"""Half octaves from the pore band."""

SIGMAS = tuple(2 ** (-step / 2) / PORES for step in _STEPS)
"""Smaller sigma of each band, in face widths, from coarse to fine; the fifth is the pore band's."""

PITCHES = tuple(round(_PEAK / sigma, 1) for sigma in SIGMAS)
"""Cycles per face width that each band passes most of: 11 to 92."""


@dataclass(frozen=True)
class Photographs:
    """Contrast of skin in % at each pitch, grain removed: 10th percentile, median and 90th over photographs.

    how: where the figures come from. count: of the photographs.
    """

    how: str
    pitches: tuple[float, ...]
    low: tuple[float, ...]
    middle: tuple[float, ...]
    high: tuple[float, ...]
    count: int


@cache
def photographs() -> Photographs:
    """As `tests/validate/photograph_spectra.py` wrote them into `photographs.json`."""
    text = (files("lightmeter.measure.skin") / "photographs.json").read_text(encoding="utf-8")
    return Photographs(**json.loads(text))
