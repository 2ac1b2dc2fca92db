"""Imports point one way, and one room names the device."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import lightmeter

SOURCE = Path(lightmeter.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))

_PHYSICS = {"errors", "optics"}
_PIXELS = _PHYSICS | {"read"}
_VALUES = _PIXELS | {"see", "measure"}
_VERDICTS = _VALUES | {"judge", "compare"}

ALLOWED = {
    "errors": set[str](),
    "optics": {"errors"},
    "read": _PHYSICS,
    "see": _PIXELS,
    "measure": _PIXELS | {"see"},
    "judge": _VALUES,
    "compare": _VALUES | {"judge"},
    "report": _VERDICTS,
    "engine": _VALUES,
}
"""What each room may import besides itself. Modules beside the rooms (the facade, the CLI, the demo) may
import all; no room may import them."""

CUDA = {
    "cli_options.py": "the help of --device lists the choices",
    "see/nets/store.py": "networks are kept per device, so that `cuda` and `cuda:0` must be one key",
    "see/clip.py": "open_clip's layers run with TF32 off, whoever calls; the switches live in torch.backends",
}
"""Files outside engine/ in which the word may stand, and why."""


def room_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).parts
    return parts[0] if len(parts) > 1 else path.stem


def imported(path: Path) -> Iterator[str]:
    """Names of lightmeter's modules that a file imports anywhere, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "lightmeter")


def test_the_rooms_are_those_of_this_test() -> None:
    rooms = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert rooms <= set(ALLOWED), "a new room: say here what it may import"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    room = room_of(path)
    if room not in ALLOWED:
        return
    used = {name.split(".")[1] for name in imported(path)}
    assert used <= ALLOWED[room] | {room}


def test_the_order_holds_no_circle() -> None:
    def reached(room: str) -> set[str]:
        return ALLOWED[room].union(*(reached(below) for below in ALLOWED[room]))

    assert all(room not in reached(room) for room in ALLOWED)


def test_only_the_engine_names_a_device() -> None:
    named = {
        path.relative_to(SOURCE).as_posix()
        for path in FILES
        if room_of(path) != "engine" and "cuda" in path.read_text(encoding="utf-8").lower()
    }
    assert named <= set(CUDA)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_measurements_never_wait_for_the_device(path: Path) -> None:
    """Families only: `measure/*.py` and the other rooms run on the host."""
    parts = path.relative_to(SOURCE).parts
    if parts[0] != "measure" or len(parts) < 3:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not called & {"item", "cuda", "cpu", "numpy", "tolist"}
