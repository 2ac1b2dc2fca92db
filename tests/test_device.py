"""A batch goes through a device without being waited for, and by the device's way comes to the same values.

Most machines that this runs on have no GPU. torch's fake tensors say that they are on one and hold no values:
whatever asks for a value fails, and so does what brings together tensors of two devices.
"""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode

import lightmeter.see.text
from lightmeter.engine.scene import Scene
from lightmeter.measure.registry import Measurement, PerImage, measurements
from lightmeter.read.picture import Picture
from lightmeter.see import waiting
from lightmeter.see.face import face
from lightmeter.see.nets import network

ALL = list(measurements().values())
"""None is left out. Of those that stand on CLIP only the way without weights is walked, for nobody ships any;
of those that stand on text the reader is a stub, for it reads the host's own pixels."""

every = pytest.mark.parametrize("measured", ALL, ids=lambda measured: measured.name)

Outcome = PerImage | str


class Waited(Exception):
    """A copy that the host waits for, between it and a device."""


class Watch(TorchFunctionMode):
    """Fails where torch copies to or from the device and waits, which fake tensors let pass.

    What is sent once and kept, in a function that is cached, may wait.
    """

    def __torch_function__(
        self, called: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        found = called(*args, **kwargs)
        why = _waits(getattr(called, "__name__", ""), args, kwargs, found)
        if why and not _is_kept(sys._getframe(1)):
            raise Waited(why)
        return found


_CHECKED = {"linalg_inv", "inverse", "linalg_solve", "linalg_eigh", "linalg_cholesky", "linalg_svd", "isin"}
"""Look at their result, or at how many of their inputs there are, on the host."""


def _waits(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], found: Any) -> str:
    first = args[0] if args else None
    was, comes = _place(first), _place(found)
    if name in {"new_tensor", "tensor", "as_tensor"} and comes == "cuda":
        return f"{name} copies its values from the host"
    if name in _CHECKED and comes == "cuda":
        return f"{name} looks at what it has done"
    if name == "copy_" and {comes, _place(args[1])} == {"cpu", "cuda"} and not kwargs.get("non_blocking"):
        return "copies between host and device"
    if name in {"__getitem__", "__setitem__"} and was == "cuda":
        index = args[1] if isinstance(args[1], tuple) else (args[1],)
        return "takes its index from the host" if any(map(_of_host, index)) else ""
    if was == "cuda" and comes == "cpu":
        return f"{name} brings back what is on the device"
    if was == "cpu" and comes == "cuda" and not kwargs.get("non_blocking"):
        return f"{name} copies from the host"
    return ""


def _place(x: Any) -> str:
    return x.device.type if isinstance(x, Tensor) else ""


def _of_host(index: Any) -> bool:
    return isinstance(index, list | tuple | np.ndarray) or (_place(index) == "cpu" and index.dim() > 0)


def _is_kept(frame: FrameType | None) -> bool:
    """Whether a function that calls this one is cached."""
    while frame is not None:
        if hasattr(frame.f_globals.get(frame.f_code.co_name), "cache_info"):
            return True
        frame = frame.f_back
    return False


def _caches() -> Iterator[Any]:
    """All functions of the package that remember what they gave."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "lightmeter":
            yield from (
                each for each in vars(module).values() if isinstance(each, functools._lru_cache_wrapper)
            )


@pytest.fixture(scope="session")
def pictures(portraits: Sequence[np.ndarray], picture_of: Callable[..., Picture]) -> list[Picture]:
    """Three quarters of the shape of what a model makes, a face in the first and nobody in the second."""
    return [picture_of(portraits[i]) for i in (0, 5)]


@pytest.fixture(scope="module")
def on_fake_device(
    pictures: list[Picture], scene_of: Callable[..., Scene], asked: dict[str, Any]
) -> Iterator[dict[str, Outcome]]:
    """Of each measurement what it gave, or what it waited for and where."""
    with pytest.MonkeyPatch.context() as patch, torch.no_grad():
        patch.setattr(lightmeter.see.text, "_reader", object)
        patch.setattr(lightmeter.see.text, "_boxes", lambda *_: np.full((1, 4, 2), 0.5))
        for each in _caches():  # of other tests, whose tensors may be of inference, which no fake stands for
            each.cache_clear()
        host = scene_of(pictures[:1])
        for each in ALL:  # what is loaded and kept is loaded here
            host.call(each.function, asked)
        network("hand", torch.device("cpu"))  # nobody shows one here
        with FakeTensorMode(allow_non_fake_inputs=True):
            scene = scene_of(pictures, "cuda:0")
            with Watch():
                found = {each.name: _outcome(scene, each, asked) for each in ALL}
    yield found
    for each in _caches():
        each.cache_clear()


def _outcome(scene: Scene, measured: Measurement, asked: dict[str, Any]) -> Outcome:
    try:
        return scene.call(measured.function, asked)
    except Exception as error:
        frames = [
            each for each in traceback.extract_tb(error.__traceback__) if "/lightmeter/" in each.filename
        ]
        return (
            f"{frames[-1].filename}:{frames[-1].lineno}: {frames[-1].line}\n{type(error).__name__}: {error}"
        )


@every
def test_nothing_waits_for_the_device(measured: Measurement, on_fake_device: dict[str, Outcome]) -> None:
    found = on_fake_device[measured.name]
    assert not isinstance(found, str), found
    assert found.value.shape == (2,)
    assert found.value.device.type == "cuda"
    assert {each.when.device.type for each in found.refusals} <= {"cuda"}


@pytest.mark.parametrize(
    "waits",
    [
        lambda x: x.new_tensor([1.0]),
        lambda x: x[:, [0, 1]],
        lambda x: x.cpu(),
        lambda x: torch.zeros(3).to(x.device),
        lambda x: torch.linalg.solve(x, x),
        lambda x: x[x > 0],
        lambda x: x.sum().item(),
        lambda x: bool(x.any()),
        lambda x: x + torch.zeros(3),
    ],
)
def test_what_waits_is_seen(waits: Callable[[Tensor], Any]) -> None:
    with FakeTensorMode(allow_non_fake_inputs=True), Watch():
        there = torch.ones(3, 3, device="cuda:0")
        assert torch.zeros(3).to(there.device, non_blocking=True).device == there.device
        with pytest.raises(Exception, match=r"."):
            waits(there)


@pytest.fixture(scope="module")
def both_ways(
    pictures: list[Picture], scene_of: Callable[..., Scene], asked: dict[str, Any]
) -> list[dict[str, PerImage]]:
    """All values on the CPU, and there by the way that a device goes: no looking, everything masked."""
    found = []
    for looks in (True, False):
        with pytest.MonkeyPatch.context() as patch, torch.inference_mode():
            patch.setattr(waiting, "may_look", lambda _, looks=looks: looks)
            scene = scene_of(pictures)
            found.append({each.name: scene.call(each.function, asked) for each in ALL})
    return found


@every
def test_the_devices_way_comes_to_the_same(
    measured: Measurement, both_ways: list[dict[str, PerImage]]
) -> None:
    """To a fifth of the tolerance: outlines of skin and lids are drawn a rounding apart."""
    expected, found = (each[measured.name] for each in both_ways)
    atol = max(1e-5, measured.tolerance / 5)
    torch.testing.assert_close(found.value, expected.value, rtol=1e-4, atol=atol, equal_nan=True)
    assert found.reasons() == expected.reasons()


def test_slots_that_stay_empty_change_no_face(
    pictures: list[Picture], scene_of: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = scene_of(pictures).input("encoded")
    expected = face(encoded)
    monkeypatch.setattr(waiting, "may_look", lambda _: False)
    found = face(encoded)
    assert found.present.tolist() == [True, False]
    assert torch.equal(found.count, expected.count)
    torch.testing.assert_close(found.points, expected.points, rtol=0, atol=1e-4, equal_nan=True)
