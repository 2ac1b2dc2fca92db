"""Inputs that measurements ask for by parameter name, as tests ask for pytest fixtures.

A provider is a function whose own parameters are inputs too, so the whole pipeline is one graph of
names: `frame` and `pictures` come from the engine, rubric parameters from the rubric, the rest is
computed once per batch by the provider of that name.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from torch import Tensor

F = TypeVar("F", bound=Callable[..., Any])

_PROVIDERS: dict[str, Callable[..., Any]] = {}


@dataclass(frozen=True)
class Refusal:
    """Why some images of a batch cannot be measured.

    `when` is (B,) bool, true where refused; `because` may hold one `{}`-style field for `figure` (B,).
    Kept as tensors so that nothing waits for the device; `text(i)` is for the host, afterwards.
    """

    when: Tensor
    because: str
    figure: Tensor | None = None

    def text(self, i: int) -> str:
        """The reason for image `i`, which must be one that `when` refuses."""
        return self.because if self.figure is None else self.because.format(float(self.figure[i]))


def provides(function: F) -> F:
    """Let other providers and measurements ask for this function's result by its name."""
    name = getattr(function, "__name__", "")
    if name in _PROVIDERS:
        raise ValueError(f"two providers of the input {name!r}")
    _PROVIDERS[name] = function
    return function


def providers() -> dict[str, Callable[..., Any]]:
    """All providers by name: those of this room, and those that families of measurements have added."""
    _load_room()
    return _PROVIDERS


@cache
def _load_room() -> None:
    room = importlib.import_module("lightmeter.see")
    for module in pkgutil.iter_modules(room.__path__, room.__name__ + "."):
        if not module.ispkg:
            importlib.import_module(module.name)


def inputs_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names that a provider or measurement asks for: its parameter names."""
    return tuple(inspect.signature(function).parameters)
