"""Seconds per image of each step of a run, alone."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from clock import median_of

from lightmeter.engine.evidence import evidence_of
from lightmeter.engine.plan import everything
from lightmeter.engine.scene import Scene
from lightmeter.engine.transfer import one_list, sent
from lightmeter.measure.inputs import needs, needs_of, parameters_of
from lightmeter.measure.registry import measurements
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.decode import picture
from lightmeter.read.frame import frame_of
from lightmeter.read.isolated import isolated
from lightmeter.read.unpack import unpacked
from lightmeter.see.natives import listed
from lightmeter.see.provide import providers

BATCH = 4
_ASKED = {"key_colour": "#ff0080"}


def stage_rows(path: Path, repeats: int, device: torch.device) -> list[tuple[str, float]]:
    """Seconds per image of each stage and measurement alone, in batches of 4, its own inputs given."""
    measurements()  # their families provide inputs, too

    def timed(call: Callable[[], object]) -> float:
        return median_of(repeats, device, call)

    data = path.read_bytes()
    rows = [
        ("decode", timed(lambda: unpacked(data))),
        ("decode, in its own process", timed(lambda: isolated(data))),
    ]
    shown = picture(unpacked(data), hashlib.sha256(data).hexdigest())
    codes = sent(shown, device).codes
    if device.type == "cpu":
        rows.append(("frame", timed(shown.frame)))
    else:
        rows.append(("codes sent", timed(lambda: sent(shown, device))))
        rows.append(("frame", timed(lambda: frame_of(codes))))
    linear = torch.stack([shown.frame()] * BATCH).to(device)
    roots = {"linear": linear, "encoded": encoded_from_linear(linear), "pictures": (shown,) * BATCH}
    sizes = ((shown.height, shown.width),) * BATCH
    roots |= {"natives": listed(one_list([codes] * BATCH), sizes, linear), "prompts": (None,) * BATCH}
    rows.append(("encoded", timed(lambda: encoded_from_linear(linear)) / BATCH))
    with torch.inference_mode():
        scene = Scene(roots)
        rows += [(n, timed(_alone(scene, providers()[n])) / BATCH) for n in stages()]
        rows += _measurement_rows(scene, timed)
        wanted = everything(_ASKED)
        wanted = [each for each in wanted if each.measurement in dict(rows)]
        evidence_of(scene, wanted)
        rows.append(("evidence", timed(lambda: evidence_of(scene, wanted)) / BATCH))
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


def _measurement_rows(
    scene: Scene, timed: Callable[[Callable[[], object]], float]
) -> Iterable[tuple[str, float]]:
    for name, measured in measurements().items():
        wanting = {each for each, must in parameters_of(measured).items() if must} - set(_ASKED)
        if not wanting and "clip_spec" not in needs_of(measured):
            yield name, timed(_alone(scene, measured.function)) / BATCH


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
