"""The `@measurement` decorator, what every measurement returns, and the list of them all."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from lightmeter.see.provide import Refusal, inputs_of

if TYPE_CHECKING:  # rubrics and reports stand on this module: they must load without torch
    from torch import Tensor

Law = Literal["same", "negated", "free"]
"""How a value answers a change of the picture: unmoved, with its sign flipped, or as physics has it."""

_MEASUREMENTS: dict[str, Measurement] = {}


@dataclass(frozen=True)
class PerImage:
    """One value per image, shape (B,), float32; NaN where a refusal says why it is not measured.

    error: (B,) float32, the value's standard error in its unit, where the measurement can tell.
    """

    value: Tensor
    refusals: tuple[Refusal, ...] = ()
    error: Tensor | None = None

    def unless(self, refused: Tensor, because: str, figure: Tensor | None = None) -> PerImage:
        """Refuse the images where `refused` (B,) is true. The first refusal of an image is its reason."""
        return self.refusing((Refusal(refused, because, figure),))

    def refusing(self, refusals: tuple[Refusal, ...]) -> PerImage:
        """Refuse the images that any of these refuses, such as those of an input."""
        value = self.value
        for refusal in refusals:
            value = value.masked_fill(refusal.when, math.nan)
        return replace(self, value=value, refusals=(*self.refusals, *refusals))

    def reasons(self) -> list[str]:
        """For the host: the reason for each image, empty where it is measured."""
        return [self._reason(i) for i in range(self.value.shape[0])]

    def _reason(self, i: int) -> str:
        if self.value[i].isfinite():
            return ""
        return next((r.text(i) for r in self.refusals if bool(r.when[i])), "no finite value")


@dataclass(frozen=True)
class Measurement:
    """A named pure function from inputs to one value per image.

    `tolerance` is stated in the unit: the most that a change declared "same" (or "negated") may move
    the value, and the most that two devices may disagree.
    """

    name: str
    unit: str
    bounds: tuple[float, float]
    source: str
    function: Callable[..., PerImage]
    inputs: tuple[str, ...]
    exposure: Law
    mirror: Law
    rescale: Law
    tolerance: float

    @property
    def family(self) -> str:
        """The room under `measure/` that the function lives in: light, skin, background, ..."""
        return self.function.__module__.split(".")[-2]

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().split("\n")[0]


def measurement(
    *,
    unit: str,
    bounds: tuple[float, float],
    source: str,
    tolerance: float,
    exposure: Law = "same",
    mirror: Law = "same",
    rescale: Law = "same",
) -> Callable[[Callable[..., PerImage]], Callable[..., PerImage]]:
    """Register a measurement under its function's name; its parameters are its inputs.

    `exposure`, `mirror` and `rescale` declare how the value answers a change of exposure within the
    sensor's range, a left-right mirror, and a resize; `tests/test_contract.py` holds it to them.
    """

    def register(function: Callable[..., PerImage]) -> Callable[..., PerImage]:
        name = function.__name__
        if name in _MEASUREMENTS:
            raise ValueError(f"two measurements named {name!r}")
        _MEASUREMENTS[name] = Measurement(
            name, unit, bounds, source, function, inputs_of(function), exposure, mirror, rescale, tolerance
        )
        return function

    return register


@cache
def measurements() -> dict[str, Measurement]:
    """Every measurement by name. A new file under a family of this room is found and registers itself."""
    room = importlib.import_module("lightmeter.measure")
    for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
        importlib.import_module(module.name)
    return dict(sorted(_MEASUREMENTS.items()))
