"""A run repeats itself: to the last digit on the CPU whatever the batch, on a GPU with the same batches."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lightmeter.engine.exact import exact
from lightmeter.engine.plan import Plan, Settings, everything, plan
from lightmeter.engine.run import Measured, run
from lightmeter.measure.registry import measurements
from lightmeter.read.sources import find

ONLY = ("saturation", "sharpness", "face_contrast", "key_azimuth", "background_level")


def planned(device: str, batch: int) -> Plan:
    return plan(everything({}, ONLY), Settings(device=device, batch=batch, evidence=False))


def switches() -> tuple[bool, ...]:
    return (
        torch.backends.cudnn.benchmark,
        torch.backends.cudnn.deterministic,
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.utils.deterministic.fill_uninitialized_memory,
    )


def test_switches_are_set_for_a_gpu_and_given_back() -> None:
    before = switches()
    with exact(torch.device("cuda")):
        assert switches() == (False, True, True, True, False)
    assert switches() == before
    with exact(torch.device("cpu")):
        assert switches() == before


def test_a_run_repeats_itself(folder: Path, device: str) -> None:
    first, second = (run(find([folder]), planned(device, 2)) for _ in range(2))
    assert first.readings == second.readings


def test_another_batch_moves_nothing_that_counts(folder: Path, device: str) -> None:
    alone, together = (run(find([folder]), planned(device, batch)) for batch in (1, 3))
    if device == "cpu":
        assert alone.readings == together.readings
    for a, b in zip(_known(alone), _known(together), strict=True):
        assert a[:2] == b[:2] and abs(a[2] - b[2]) <= measurements()[a[1]].tolerance


def _known(measured: Measured) -> list[tuple[str, str, float]]:
    return [(r.image, r.wanted.measurement, r.value) for r in measured.readings if r.value is not None]


@pytest.mark.parametrize(("gibibytes", "batch"), [(80, 64), (24, 16), (8, 8), (0, 1)])
def test_a_batch_suits_the_memory_of_the_gpu(
    monkeypatch: pytest.MonkeyPatch, gibibytes: int, batch: int
) -> None:
    class Properties:
        total_memory = gibibytes << 30

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: Properties)
    device = torch.device("cuda", gibibytes)  # remembered by device
    assert Plan((), {}, Settings(), device).batch == batch
    assert Plan((), {}, Settings(batch=5), device).batch == 5
