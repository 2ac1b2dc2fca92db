"""What a value depends on besides the image: the code it came from, and the weights."""

from __future__ import annotations

import dis
import hashlib
import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

from lightmeter.measure.inputs import functions_of
from lightmeter.measure.registry import Measurement

_PACKAGE = "lightmeter"


def code_digest(measured: Measurement) -> str:
    """The digest of all code that a measurement's value comes from."""
    return functions_digest(measured.name, tuple(functions_of(measured)))


@cache
def functions_digest(name: str, functions: tuple[Callable[..., Any], ...]) -> str:
    """sha256 over the source of every module that the functions stand on, and of weights that those load.

    A change of any of it makes a new key: cached values of the old code are never served.
    """
    modules = frozenset[str]().union(*(_below(each.__module__) for each in functions))
    parts = [name, *(_file_digest(_file(module)) for module in sorted(modules))]
    return _combined([*parts, weights_digest()] if f"{_PACKAGE}.see.nets.store" in modules else parts)


def _combined(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def weights_digest() -> str:
    """sha256 over the converted networks that ship with lightmeter."""
    folder = _file(f"{_PACKAGE}.see").parent / "weights"
    return _combined([_file_digest(path) for path in sorted(folder.glob("*.safetensors"))])


@cache
def _below(module: str) -> frozenset[str]:
    """The module and all of this package that it imports, however far down."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(_imported(name))
    return frozenset(seen)


@cache
def _imported(module: str) -> tuple[str, ...]:
    """Modules of this package that a module's import statements name."""
    path = _file(module)
    names = _named(compile(path.read_bytes(), path, "exec", dont_inherit=True))
    return tuple(sorted(name for name in names if name.startswith(_PACKAGE) and _is_module(name)))


def _named(code: CodeType) -> set[str]:
    """What import statements name, inside functions too. From bytecode: Python 3.11 at times fails to build
    a syntax tree while another thread runs."""
    names: set[str] = set()
    parts: Any = None
    for each in dis.get_instructions(code):
        if each.opname == "IMPORT_NAME":
            names.update((each.argval, *(f"{each.argval}.{part}" for part in parts or ())))
        parts = each.argval if each.opname == "LOAD_CONST" else None
    return names.union(*(_named(each) for each in code.co_consts if isinstance(each, CodeType)))


@cache
def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _file(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    return Path(spec.origin)


@cache
def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
