"""What every measurement promises, naming none: a new one is held to this by being found."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from lightmeter.engine.scene import Scene
from lightmeter.measure.inputs import functions_of, needs_of, parameters_of
from lightmeter.measure.overlay import Overlay, overlays
from lightmeter.measure.registry import Law, Measurement, PerImage, measurements
from lightmeter.measure.skin.photographs import PITCHES
from lightmeter.read.picture import Picture
from lightmeter.see.text import text_reader

ALL = list(measurements().values())
Results = Mapping[str, PerImage]
Measure = Callable[..., Results]

every = pytest.mark.parametrize("measured", ALL, ids=lambda measured: measured.name)


@pytest.fixture(scope="session")
def pictures(portraits: Sequence[np.ndarray], picture_of: Callable[..., Picture]) -> list[Picture]:
    return [picture_of(each) for each in portraits]


@pytest.fixture(scope="session")
def measure(scene_of: Callable[..., Scene], asked: dict[str, Any]) -> Measure:
    """All measurements over a batch, through every provider below them."""

    def run(pictures: Sequence[Picture], device: str = "cpu", waits: bool = True) -> Results:
        with torch.inference_mode():
            scene = scene_of(pictures, device)
            with nullcontext() if waits else _unwaited():
                return {each.name: scene.call(each.function, asked) for each in ALL}

    return run


@pytest.fixture(scope="session")
def scene(scene_of: Callable[..., Scene], pictures: list[Picture]) -> Scene:
    """The batch with what was computed of it so far."""
    with torch.inference_mode():
        return scene_of(pictures)


@pytest.fixture(scope="session")
def together(measure: Measure, pictures: list[Picture]) -> Results:
    return measure(pictures)


@pytest.fixture(scope="session")
def reordered(measure: Measure, pictures: list[Picture]) -> Results:
    return measure(pictures[::-1])


@pytest.fixture(scope="session")
def alone(measure: Measure, pictures: list[Picture]) -> list[Results]:
    return [measure([each]) for each in pictures]


@pytest.fixture(scope="session")
def changed(
    measure: Measure, portraits: Sequence[np.ndarray], picture_of: Callable[..., Picture]
) -> dict[str, Results]:
    """The same scenes half a stop darker, in a mirror, and at half the size."""
    changes: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "exposure": lambda x: 0.7 * x,
        "mirror": lambda x: np.ascontiguousarray(x[:, ::-1]),
        "rescale": lambda x: x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2, 3).mean((1, 3)),
    }
    return {name: measure([picture_of(change(x)) for x in portraits]) for name, change in changes.items()}


@every
def test_shape_type_and_bounds(measured: Measurement, together: Results, pictures: list[Picture]) -> None:
    value = together[measured.name].value
    assert value.shape == (len(pictures),)
    assert value.dtype == torch.float32
    low, high = measured.bounds
    finite = value[~value.isnan()]
    assert ((finite >= low) & (finite <= high) & finite.isfinite()).all()


@every
def test_not_measured_is_nan_with_a_reason(measured: Measurement, together: Results) -> None:
    result = together[measured.name]
    for refusal in result.refusals:
        assert result.value[refusal.when].isnan().all(), refusal.because
    for value, reason in zip(result.value.tolist(), result.reasons(), strict=True):
        assert (reason != "") == np.isnan(value)
        assert reason != "no finite value", "NaN that no refusal explains"
        assert not re.search(r"\bnan\b|\{|\}", reason), reason


@every
def test_is_measured_on_some_picture(measured: Measurement, together: Results) -> None:
    """Or else nothing here would say anything of it. What needs weights that nobody ships, or an extra that
    is not installed, has no value anywhere."""
    value, needed = together[measured.name].value, needs_of(measured)
    absent = "clip_spec" in needed or ("text" in needed and text_reader() == "absent")
    assert value.isnan().all() if absent else value.isfinite().any()


@every
def test_a_standard_error_stands_beside_every_value_or_none(measured: Measurement, together: Results) -> None:
    result = together[measured.name]
    if result.error is None:
        pytest.skip(f"{measured.name} states no error")
    assert result.error.shape == result.value.shape
    known = result.error[~result.value.isnan()]
    assert (known.isfinite() & (known >= 0)).all()


@pytest.mark.parametrize("shown", overlays(), ids=lambda shown: shown.name)
def test_overlays_are_shapes_over_the_frame(
    shown: Overlay, scene: Scene, pictures: list[Picture], asked: dict[str, Any]
) -> None:
    with torch.inference_mode():
        marks = scene.call(shown.function, asked)
    count, _, *size = scene.input("linear").shape
    drawn = [*marks.areas.values(), *marks.paths.values(), *marks.rings.values(), *marks.arrows.values()]
    drawn += marks.spectra.values()
    assert drawn and {len(each) for each in drawn} == {count}
    assert {tuple(each.shape[1:]) for each in marks.spectra.values()} <= {(len(PITCHES),)}
    assert all((each.isnan() | (each >= 0)).all() for each in marks.spectra.values())
    for each in marks.areas.values():
        assert each.shape[1] == 1
        assert each.shape[2] / each.shape[3] == pytest.approx(size[0] / size[1], rel=0.02)
    assert all(((each >= 0) & (each <= 1)).all() for each in marks.areas.values())
    assert {each.shape[3] for each in marks.paths.values()} <= {2}
    assert {each.shape[2] for each in marks.rings.values()} <= {3}
    assert {each.shape[2] for each in marks.arrows.values()} <= {5}


@every
@pytest.mark.parametrize("order", ["alone", "reordered"])
def test_neighbours_and_order_do_not_matter(
    measured: Measurement, order: str, together: Results, alone: list[Results], reordered: Results
) -> None:
    """To 1e-4 of the value or of the tolerance: convolutions of other batch sizes round in another order."""
    expected = together[measured.name]
    if order == "alone":
        found = torch.cat([each[measured.name].value for each in alone])
        reasons = [reason for each in alone for reason in each[measured.name].reasons()]
    else:
        found = reordered[measured.name].value.flip(0)
        reasons = reordered[measured.name].reasons()[::-1]
    atol = max(1e-5, 1e-4 * measured.tolerance)
    torch.testing.assert_close(found, expected.value, rtol=1e-4, atol=atol, equal_nan=True)
    assert reasons == expected.reasons()


@every
@pytest.mark.parametrize("change", ["exposure", "mirror", "rescale"])
def test_a_change_of_the_picture_does_what_is_declared(
    measured: Measurement, change: str, together: Results, changed: dict[str, Results]
) -> None:
    """Within the tolerance, or one standard error where a value is less sure than that."""
    law: Law = getattr(measured, change)
    if law == "free":
        pytest.skip(f"{measured.name} promises nothing about {change}")
    before, after = together[measured.name], changed[change][measured.name].value
    expected = -before.value if law == "negated" else before.value
    assert (after.isnan() == expected.isnan()).all()
    error = torch.zeros_like(after) if before.error is None else before.error
    margin = error.nan_to_num(0.0).clamp_min(measured.tolerance)
    assert ((after - expected).abs() <= margin)[~after.isnan()].all(), (after - expected, margin)


@every
def test_inputs_stay_as_they_were(
    measured: Measurement, pictures: list[Picture], scene_of: Callable[..., Scene], asked: dict[str, Any]
) -> None:
    scene = scene_of(pictures[:1])
    known = [name for name in measured.inputs if name not in asked and not _has_default(measured, name)]
    inputs = {name: scene.input(name, asked) for name in known}
    before = [each.clone() for each in _tensors(inputs)]
    pixels = pictures[0].encoded.copy()
    scene.call(measured.function, asked)
    for now, then in zip(_tensors(inputs), before, strict=True):
        torch.testing.assert_close(now, then, rtol=0, atol=0, equal_nan=True)
    assert np.array_equal(pictures[0].encoded, pixels)


@every
def test_never_waits_for_the_device(measured: Measurement) -> None:
    """No `.item()` and the like in its own module, nor in those of the providers that families add, words of
    their docstrings aside. What torch does without such a word, tests/test_device.py sees."""
    below = {inspect.getmodule(each) for each in functions_of(measured)}
    own = [each for each in below if each is not None and each.__name__.startswith("lightmeter.measure.")]
    trees = [ast.parse(inspect.getsource(each)) for each in own]
    called = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not called & {"item", "cuda", "cpu", "numpy", "tolist"}


@every
def test_unit_source_and_limits_are_stated(measured: Measurement) -> None:
    assert measured.unit
    assert len(measured.source) > 10
    assert measured.bounds[0] < measured.bounds[1]
    assert 0 <= measured.tolerance < measured.bounds[1] - measured.bounds[0]
    assert {measured.exposure, measured.mirror, measured.rescale} <= {"same", "negated", "free"}


@every
def test_docstring_says_when_it_is_not_measured(measured: Measurement) -> None:
    doc = inspect.getdoc(measured.function) or ""
    assert measured.summary.endswith((".", ":")) or len(doc.splitlines()) > 1
    assert re.search(r"not measured|always measured", " ".join(doc.split()), re.IGNORECASE), doc


@every
def test_one_name_for_file_function_and_table(measured: Measurement) -> None:
    assert measured.function.__name__ == measured.name
    assert measured.function.__module__ == f"lightmeter.measure.{measured.family}.{measured.name}"


@every
def test_parameters_are_known_to_this_test(measured: Measurement, asked: dict[str, Any]) -> None:
    assert {name for name, must in parameters_of(measured).items() if must} <= set(asked)


@pytest.mark.parametrize("device", ["cuda"])
@every
def test_devices_agree(
    measured: Measurement, device: str, together: Results, request: pytest.FixtureRequest
) -> None:
    if not torch.cuda.is_available():
        pytest.skip("torch sees no CUDA device here")
    found = request.getfixturevalue("on_device")[measured.name].value.cpu()
    expected = together[measured.name].value
    torch.testing.assert_close(found, expected, rtol=0, atol=max(measured.tolerance, 1e-6), equal_nan=True)


@pytest.fixture(scope="session")
def on_device(measure: Measure, pictures: list[Picture]) -> Results:
    """As the engine runs it, TF32 off; once all that is kept has been sent, torch fails what waits."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    try:
        measure(pictures, "cuda")
        return measure(pictures, "cuda", waits=False)
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


@contextmanager
def _unwaited() -> Iterator[None]:
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def _has_default(measured: Measurement, name: str) -> bool:
    return inspect.signature(measured.function).parameters[name].default is not inspect.Parameter.empty


def _tensors(value: Any) -> Iterator[Tensor]:
    """Every tensor inside dataclasses, mappings and sequences."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _tensors(each)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _tensors(getattr(value, field.name))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _tensors(each)
