"""Codes reach the device whole, and nothing reads them before they are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from lightmeter.engine import transfer
from lightmeter.engine.transfer import one_list, received, sent
from lightmeter.read.picture import Picture
from lightmeter.see.natives import natives


def pictures(count: int = 3) -> list[Picture]:
    noise = np.random.default_rng(0)
    return [Picture(noise.integers(0, 256, (40, 30 + i, 3), np.uint8), None, "") for i in range(count)]


def test_what_is_received_is_what_was_sent(device: str) -> None:
    there, given = torch.device(device), pictures()
    codes = received([sent(each, there) for each in given], there)
    assert all(each.device.type == device for each in codes)
    assert all(np.array_equal(a.cpu().numpy(), b.encoded) for a, b in zip(codes, given, strict=True))


@pytest.mark.parametrize("deep", [(), (1,), (0, 1, 2)])
def test_one_list_is_what_the_pictures_themselves_give(device: str, deep: tuple[int, ...]) -> None:
    there, given = torch.device(device), pictures()
    for i in deep:
        given[i] = Picture(given[i].encoded.astype(np.uint16) * 251, None, "")
    codes = one_list(received([sent(each, there) for each in given], there))
    expected = natives(given, torch.zeros(3, 3, 40, 30, device=there)).codes
    assert codes.dtype == expected.dtype and torch.equal(codes, expected)


def test_nothing_is_copied_on_the_cpu() -> None:
    one = pictures(1)[0]
    assert sent(one, torch.device("cpu")).codes.data_ptr() == one.encoded.ctypes.data


class Recorder:
    """Stands for streams and events, and writes down what they are asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.inside = "compute"

    def event(self) -> Any:
        recorder = self

        class Event:
            def record(self) -> None:
                recorder.asked.append(f"record on {recorder.inside}")

        return Event()

    @contextmanager
    def stream(self, stream: str) -> Iterator[None]:
        before, self.inside = self.inside, stream
        yield
        self.inside = before

    def wait_event(self, event: object) -> None:
        self.asked.append("compute waits")

    def notes(self, what: str) -> Callable[..., torch.Tensor]:
        """A method of tensors that writes this down."""

        def method(codes: torch.Tensor, *given: object) -> torch.Tensor:
            self.asked.append(what.format(self.inside))
            return codes

        return method


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """Tensors without memory on a CUDA device that is not there."""
    recorder = Recorder()
    monkeypatch.setattr(transfer, "copying", lambda device: "copies")
    monkeypatch.setattr(torch.cuda, "stream", recorder.stream)
    monkeypatch.setattr(torch.cuda, "Event", recorder.event)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: recorder)
    monkeypatch.setattr(torch.Tensor, "pin_memory", recorder.notes("pinned on {}"))
    monkeypatch.setattr(torch.Tensor, "record_stream", recorder.notes("kept for compute"))
    with FakeTensorMode(allow_non_fake_inputs=True):
        yield recorder


def test_copies_go_on_a_stream_of_their_own_and_the_other_waits(streams: Recorder) -> None:
    there = torch.device("cuda")
    on_the_way = sent(pictures(1)[0], there)
    assert on_the_way.codes.device.type == "cuda"
    assert streams.asked == ["pinned on copies", "record on copies"]
    received([on_the_way], there)
    assert streams.asked[2:] == ["compute waits", "kept for compute"]


def test_without_memory_on_the_device_codes_stay_here(
    streams: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(codes: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(torch.Tensor, "pin_memory", full)
    left = sent(pictures(1)[0], torch.device("cuda"))
    assert left.codes.device.type == "cpu" and left.arrived is None
