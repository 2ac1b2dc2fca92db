"""How near the costliest operations come to what this device can do: a roofline note.

Williams, Waterman and Patterson 2009, Roofline: an operation can go no faster than the arithmetic peak, nor
than its bytes can be moved. Both peaks are measured in the same run, by a product of matrices in float32
(TF32 off) and by a copy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from clock import least_of
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from lightmeter.engine.batch import measured
from lightmeter.engine.load import Ready
from lightmeter.engine.plan import Plan

_SIDE = {"cpu": 1024, "cuda": 8192}
_BYTES = {"cpu": 1 << 27, "cuda": 1 << 30}
SHOWN = 10


@dataclass(frozen=True)
class Peaks:
    """flops: float operations/s of a product of large matrices; bytes/s read and written by a copy."""

    flops: float
    bytes: float


@dataclass(frozen=True)
class Operation:
    """One kind of operation over a batch. seconds: of the device; flops: of products and convolutions, 0 for
    others; bytes: of its arguments and results, as if none stayed in a cache."""

    name: str
    calls: int
    seconds: float
    flops: float
    bytes: float

    def share(self, peaks: Peaks) -> float:
        """Time that the nearer roof would allow, over the time taken."""
        return max(self.flops / peaks.flops, self.bytes / peaks.bytes) / self.seconds

    def roof(self, peaks: Peaks) -> str:
        """The roof that is nearer."""
        return "arithmetic" if self.flops / peaks.flops > self.bytes / peaks.bytes else "memory"


def peaks_of(device: torch.device, repeats: int = 20) -> Peaks:
    """Of this device as it is now."""
    side = _SIDE[device.type]
    a, b = torch.rand(2, side, side, device=device)
    source = torch.zeros(_BYTES[device.type], dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    product = least_of(repeats, device, lambda: a @ b)
    copy = least_of(repeats, device, lambda: target.copy_(source))
    return Peaks(2 * side**3 / product, 2 * len(source) / copy)


def operations(batch: Sequence[Ready], plan: Plan) -> list[Operation]:
    """What measuring a batch asks of the device, the costliest first. Work of the host is not in it."""
    measured(batch, plan)
    with _Ledger() as ledger:
        measured(batch, plan)
    on = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * (plan.device.type == "cuda")
    with profile(activities=on) as watched:
        measured(batch, plan)
    seconds = _seconds(watched.key_averages(), plan.device)
    found = [
        Operation(name, entry.calls, seconds[name], entry.flops, entry.bytes)
        for name, entry in ledger.entries.items()
        if seconds.get(name)
    ]
    return sorted(found, key=lambda each: -each.seconds)


def _seconds(events: Iterable[Any], device: torch.device) -> Mapping[str, float]:
    """By operation, what it calls included. Those that `_Ledger` sees never call one another."""
    kind = "device_time_total" if device.type == "cuda" else "cpu_time_total"
    return {event.key.removeprefix("aten::"): getattr(event, kind) / 1e6 for event in events}


@dataclass
class _Entry:
    calls: int = 0
    flops: float = 0.0
    bytes: float = 0.0


class _Ledger(TorchDispatchMode):
    """Counts calls, float operations and bytes of every operation in this thread."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, _Entry] = defaultdict(_Entry)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        if func.overloadpacket not in flop_registry:
            with self:
                parts = func.decompose(*args, **given)
            if parts is not NotImplemented:
                return parts
        out = func(*args, **given)
        self._note(func, (args, given, out))
        return out

    def _note(self, func: Any, held: tuple[Any, Any, Any]) -> None:
        args, given, out = held
        entry = self.entries[func.overloadpacket.__name__]
        entry.calls += 1
        if func.overloadpacket in flop_registry:
            entry.flops += flop_registry[func.overloadpacket](*args, **given, out_val=out)
        if not func.is_view:
            tensors = [each for each in tree_leaves(held) if isinstance(each, Tensor)]
            entry.bytes += sum(map(_bytes, tensors))


def _bytes(tensor: Tensor) -> int:
    """What it takes to read all of it once, be it expanded over more."""
    return min(tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes())


def note(batch: Sequence[Ready], plan: Plan) -> list[str]:
    """The peaks and the costliest operations, as lines of Markdown."""
    peaks, found = peaks_of(plan.device), operations(batch, plan)
    total = sum(each.seconds for each in found)
    rows = [
        f"| {each.name} | {each.calls} | {1e3 * each.seconds / len(batch):.2f} | {each.seconds / total:.0%} "
        f"| {each.flops / each.seconds / 1e9:.1f} | {each.bytes / each.seconds / 1e9:.1f} "
        f"| {each.roof(peaks)} | {each.share(peaks):.0%} |"
        for each in found[:SHOWN]
    ]
    return [
        f"Measured here: {peaks.flops / 1e9:.0f} GFLOP/s (product of matrices, float32, no TF32) and",
        f"{peaks.bytes / 1e9:.1f} GB/s (copy, read and written). A batch of {len(batch)}; operations by the",
        "profiler's time, what they call included; bytes are those of arguments and results, so that what",
        "stays in a cache passes for more than memory gives. Work of the host (OpenCV, numpy, encoding",
        "of evidence) is not in it.",
        "",
        "| operation | calls | ms/image | of all | GFLOP/s | GB/s | nearer roof | reached of it |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *rows,
    ]
