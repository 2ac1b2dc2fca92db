"""Seconds per image of each step of a run, alone."""

from __future__ import annotations

import hashlib
import inspect
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch

from lightmeter.engine.evidence import evidence_of
from lightmeter.engine.plan import everything
from lightmeter.engine.scene import Scene
from lightmeter.measure.inputs import needs, needs_of, parameters_of
from lightmeter.measure.registry import measurements
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.decode import picture
from lightmeter.read.isolated import isolated
from lightmeter.read.unpack import unpacked
from lightmeter.see.provide import providers

BATCH = 4
_ASKED = {"key_colour": "#ff0080"}


def median_of(repeats: int, timed: Callable[[], object]) -> float:
    """Median seconds of a call, after one to warm up."""
    timed()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        timed()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def stage_rows(path: Path, repeats: int) -> list[tuple[str, float]]:
    """Seconds per image of each stage and measurement alone, in batches of 4, its own inputs given."""
    measurements()  # their families provide inputs, too
    data = path.read_bytes()
    rows = [
        ("decode", median_of(repeats, lambda: unpacked(data))),
        ("decode, in its own process", median_of(repeats, lambda: isolated(data))),
    ]
    shown = picture(unpacked(data), hashlib.sha256(data).hexdigest())
    rows.append(("frame", median_of(repeats, shown.frame)))
    linear = torch.stack([shown.frame()] * BATCH)
    roots = {"linear": linear, "encoded": encoded_from_linear(linear), "pictures": (shown,) * BATCH}
    rows.append(("encoded", median_of(repeats, lambda: encoded_from_linear(linear)) / BATCH))
    with torch.inference_mode():
        scene = Scene(roots)
        rows += [(n, median_of(repeats, _alone(scene, providers()[n])) / BATCH) for n in stages()]
        rows += _measurement_rows(scene, repeats)
        wanted = everything(_ASKED)
        wanted = [each for each in wanted if each.measurement in dict(rows)]
        evidence_of(scene, wanted)
        rows.append(("evidence", median_of(repeats, lambda: evidence_of(scene, wanted)) / BATCH))
    return rows


def stages() -> list[str]:
    """The inputs that measurements without CLIP stand on, each after those below it."""
    plain = [m for m in measurements().values() if "clip_spec" not in needs_of(m)]
    below = {name: needs(name) for m in plain for name in needs_of(m) if name in providers()}
    return sorted(below, key=lambda name: (len(below[name]), name))


def _alone(scene: Scene, function: Callable[..., object]) -> Callable[[], object]:
    """A call of a provider or measurement, its inputs computed beforehand."""
    asked = {name: _ASKED[name] for name in inspect.signature(function).parameters if name in _ASKED}
    names = [n for n, p in inspect.signature(function).parameters.items() if p.default is p.empty]
    arguments = asked | {name: scene.input(name, _ASKED) for name in names if name not in asked}
    return lambda: function(**arguments)


def _measurement_rows(scene: Scene, repeats: int) -> Iterable[tuple[str, float]]:
    for name, measured in measurements().items():
        wanting = {each for each, must in parameters_of(measured).items() if must} - set(_ASKED)
        if not wanting and "clip_spec" not in needs_of(measured):
            yield name, median_of(repeats, _alone(scene, measured.function)) / BATCH


def family_rows(stages: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """Seconds per image of each family: its measurements, and the inputs that are its own."""
    totals: dict[str, float] = {}
    for name, seconds in stages:
        measured = measurements().get(name)
        function = measured.function if measured else providers().get(name)
        parts = function.__module__.split(".") if function else []
        if "measure" in parts:
            totals[parts[2]] = totals.get(parts[2], 0.0) + seconds
    return sorted(totals.items())
