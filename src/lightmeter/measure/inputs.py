"""What a measurement stands on: the graph of names below it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import JsonValue

from lightmeter.measure.registry import Measurement
from lightmeter.see.provide import inputs_of, providers

ROOTS = frozenset({"linear", "encoded", "pictures", "prompts", "clip_spec", "clip_regions"})
"""What the engine itself supplies; every other name is a provider's or a parameter.

linear, encoded: the frames (B, 3, H, W), scene-linear and sRGB-coded. pictures: the B decoded images.
prompts: of each image the prompt that made it, None where it is not known. clip_spec: the CLIP model that
is meant; clip_regions: where on the pictures it is asked to look (`region` of what is wanted).
"""


@cache
def needs(name: str) -> frozenset[str]:
    """All names below an input: providers, roots and parameters, itself included."""
    provider = providers().get(name)
    below = inputs_of(provider) if provider else ()
    return frozenset((name,)).union(*(needs(each) for each in below))


def needs_of(measured: Measurement) -> frozenset[str]:
    """All names that a measurement stands on."""
    return frozenset[str]().union(*(needs(each) for each in measured.inputs))


def functions_below(names: Iterable[str]) -> list[Callable[..., Any]]:
    """The providers of these inputs and of all that they stand on."""
    known = providers()
    below = frozenset[str]().union(*(needs(each) for each in names))
    return [known[name] for name in sorted(below) if name in known]


def functions_of(measured: Measurement) -> list[Callable[..., Any]]:
    """The measurement's function and every provider below it."""
    return [measured.function, *functions_below(measured.inputs)]


def parameters_of(measured: Measurement) -> dict[str, bool]:
    """Parameter name -> whether it must be given; one with a default need not be."""
    return {
        name: parameter.default is inspect.Parameter.empty
        for function in functions_of(measured)
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in ROOTS and name not in providers()
    }


def unasked(measured: Measurement, given: Mapping[str, JsonValue]) -> str:
    """The reason for not measuring where parameters that must be given are not; empty where all are."""
    missing = [name for name, must in parameters_of(measured).items() if must and name not in given]
    ways = " ".join(f"--with {name}=..." for name in missing)
    return f"no {' or '.join(missing)} was asked for: give {ways}" if missing else ""
