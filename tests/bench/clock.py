"""Seconds of work that a device may still have to do when the call returns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch


def settle(device: torch.device) -> None:
    """Wait until the device has done all that it was given; a CPU has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def seconds_of(device: torch.device, timed: Callable[[], object]) -> float:
    """Seconds of one call, its work on the device included."""
    settle(device)
    start = time.perf_counter()
    timed()
    settle(device)
    return time.perf_counter() - start


def median_of(repeats: int, device: torch.device, timed: Callable[[], object]) -> float:
    """Median seconds of a call, after one to warm up."""
    timed()
    return statistics.median(seconds_of(device, timed) for _ in range(repeats))


def least_of(repeats: int, device: torch.device, timed: Callable[[], object]) -> float:
    """Least seconds of a call: what is possible, where others use the machine too."""
    timed()
    return min(seconds_of(device, timed) for _ in range(repeats))


def device_name(device: torch.device) -> str:
    """As its maker calls it; "CPU" for a CPU."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
