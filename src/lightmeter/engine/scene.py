"""One batch of pictures and every input that was asked of it, each computed once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import JsonValue

from lightmeter.measure.inputs import ROOTS, needs
from lightmeter.measure.records import Wanted
from lightmeter.see.provide import providers


class Scene:
    """Resolves inputs by name, as pytest resolves fixtures."""

    def __init__(self, roots: Mapping[str, Any]) -> None:
        self._known: dict[Wanted, Any] = {Wanted.of(name): value for name, value in roots.items()}

    def call(self, function: Callable[..., Any], parameters: Mapping[str, JsonValue]) -> Any:
        """The function's result, its inputs computed or remembered and its parameters as given."""
        arguments = {}
        for name, parameter in inspect.signature(function).parameters.items():
            if name in ROOTS or name in providers():
                arguments[name] = self.input(name, parameters)
            elif name in parameters:
                arguments[name] = parameters[name]
            elif parameter.default is inspect.Parameter.empty:
                raise KeyError(f"{function.__name__} needs the parameter {name!r}")
        return function(**arguments)

    def input(self, name: str, parameters: Mapping[str, JsonValue] | None = None) -> Any:
        """One input by name; what it does not depend on is no part of its identity."""
        mine = {key: value for key, value in (parameters or {}).items() if key in needs(name)}
        wanted = Wanted.of(name, mine)
        if wanted not in self._known:
            self._known[wanted] = self.call(providers()[name], mine)
        return self._known[wanted]
