"""The `@overlay` decorator: what shows a measurement on the picture that it was made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from torch import Tensor

from lightmeter.measure.registry import measurements
from lightmeter.see.provide import inputs_of

_OVERLAYS: dict[str, Overlay] = {}


@dataclass(frozen=True)
class Marks:
    """Shapes over a batch of frames, each under the label that explains it.

    areas: (B, 1, h, w) 0..1, on any grid over the whole frame, such as that of `canvas`. paths: (B, N, P, 2)
    polylines through x, y. rings: (B, N, 3) x, y, radius. arrows: (B, N, 5) tail x, y, tip x, y, and half the
    angle of its cone of uncertainty in degrees.
    Lengths in frame pixels, x right, y down; a shape with a NaN is not drawn.
    spectra: (B, K) contrast in %, at the K pitches of `lightmeter.measure.skin.photographs`; NaN is a gap.
    """

    areas: Mapping[str, Tensor] = field(default_factory=dict)
    paths: Mapping[str, Tensor] = field(default_factory=dict)
    rings: Mapping[str, Tensor] = field(default_factory=dict)
    arrows: Mapping[str, Tensor] = field(default_factory=dict)
    spectra: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Overlay:
    """A named function from inputs to marks, and the measurements that these explain."""

    name: str
    measurements: tuple[str, ...]
    function: Callable[..., Marks]

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the function asks for."""
        return inputs_of(self.function)


def overlay(*names: str) -> Callable[[Callable[..., Marks]], Callable[..., Marks]]:
    """Let reports draw this function's marks where one of the named measurements is looked at.

    Its parameters are inputs or rubric parameters, as those of a measurement.
    """

    def register(function: Callable[..., Marks]) -> Callable[..., Marks]:
        if function.__name__ in _OVERLAYS:
            raise ValueError(f"two overlays named {function.__name__!r}")
        _OVERLAYS[function.__name__] = Overlay(function.__name__, names, function)
        return function

    return register


@cache
def overlays() -> tuple[Overlay, ...]:
    """Every overlay, by name. They stand in the files of measurements and of their inputs."""
    unknown = {name for each in _registered() for name in each.measurements} - set(measurements())
    if unknown:
        raise ValueError(f"overlays of measurements that do not exist: {', '.join(sorted(unknown))}")
    return _registered()


def _registered() -> tuple[Overlay, ...]:
    measurements()
    return tuple(each for _, each in sorted(_OVERLAYS.items()))
