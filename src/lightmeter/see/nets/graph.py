"""A network as data: an op list from a weight file, run op by op in fp32."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lightmeter.errors import WeightsUnavailable
from lightmeter.see.nets.ops import OPS


class Network(nn.Module):
    """A converted graph. Takes (B, 3, H, W) float32, returns its named outputs; no image sees another.

    `head` is the JSON of the weight file: `inputs`, `outputs` and `ops`; see `lightmeter.see.convert`.
    """

    def __init__(self, head: Mapping[str, Any], weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        unknown = sorted({op["op"] for op in head["ops"]} - OPS.keys())
        if unknown:
            raise WeightsUnavailable(f"{head['source']}: unknown ops {', '.join(unknown)}")
        self.source: str = head["source"]
        self.ops: list[dict[str, Any]] = head["ops"]
        self.input: str = head["inputs"][0]
        self.outputs: dict[str, str] = head["outputs"]
        self._dead = _last_uses(self.ops, set(self.outputs.values()))
        for name, value in weights.items():
            self.register_buffer(_buffer(name), value, persistent=False)
        self._names = {name: _buffer(name) for name in weights}

    @torch.no_grad()
    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """All outputs of one batch, each with the batch first."""
        if x.device.type == "cpu" and len(x) > 1:
            # A CPU's convolutions round in an order that depends on the batch's size, and gain nothing by it.
            each = [self.forward(one) for one in x[:, None]]
            return {name: torch.cat([found[name] for found in each]) for name in self.outputs}
        # Channels last: small convolutions are up to three times faster so on a CPU.
        held = {self.input: x.float().contiguous(memory_format=torch.channels_last)}
        buffers = dict(self.named_buffers())
        weights = {name: buffers[buffer] for name, buffer in self._names.items()}
        for op, dead in zip(self.ops, self._dead, strict=True):
            held[op["out"]] = OPS[op["op"]]([held[name] for name in op["in"]], op, weights)
            for name in dead:
                del held[name]
        return {name: held[tensor] for name, tensor in self.outputs.items()}


def _buffer(name: str) -> str:
    """A module attribute may hold no dots and must not start with a digit."""
    return "w_" + name.replace(".", "_")


def _last_uses(ops: list[dict[str, Any]], kept: set[str]) -> list[list[str]]:
    """For each op, the tensors that nothing reads after it."""
    last = {name: i for i, op in enumerate(ops) for name in op["in"]}
    dead: list[list[str]] = [[] for _ in ops]
    for name, i in last.items():
        if name not in kept:
            dead[i].append(name)
    return dead
