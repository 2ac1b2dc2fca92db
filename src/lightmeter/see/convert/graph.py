"""What every reader emits: an op list that `lightmeter.see.nets.graph` executes, and its weights."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

Array = NDArray[Any]
Op = dict[str, Any]

FORMAT = 1
"""Raised when the executor must refuse older files."""


@dataclass
class Graph:
    """A network as data. Activations are NCHW; `ops` run in order; `outputs` maps our name to a tensor."""

    inputs: list[str]
    outputs: dict[str, str]
    ops: list[Op] = field(default_factory=list)
    weights: dict[str, Array] = field(default_factory=dict)

    def weight(self, name: str, value: Array) -> str:
        """Keep a constant as float16; refuse one that float16 cannot hold to 0.1 %."""
        half = value.astype(np.float16)
        scale = float(np.abs(value).max(initial=0.0))
        if not np.allclose(half, value, rtol=1e-3, atol=1e-4 * scale):
            raise ValueError(f"{name}: float16 loses more than 0.1 % of it")
        self.weights[name] = np.ascontiguousarray(half)
        return name

    def prune(self) -> None:
        """Drop the ops that no output needs, and their weights."""
        needed, kept = set(self.outputs.values()), []
        for op in reversed(self.ops):
            if op["out"] in needed:
                kept.append(op)
                needed.update(op["in"])
        self.ops = kept[::-1]
        used = {op[key] for op in self.ops for key in ("weight", "bias") if op.get(key)}
        self.weights = {name: self.weights[name] for name in sorted(used)}

    def fold_pads(self) -> None:
        """Let a convolution do the spatial zero padding that only it reads."""
        readers: dict[str, int] = {}
        for op in self.ops:
            for name in op["in"]:
                readers[name] = readers.get(name, 0) + 1
        pads = {op["out"]: op for op in self.ops if op["op"] == "pad" and op["channels"] == [0, 0]}
        for op in self.ops:
            pad = pads.get(op["in"][0])
            if op["op"] == "conv" and pad and readers[pad["out"]] == 1:
                op["pad"] = [a + b for a, b in zip(op["pad"], pad["pad"], strict=True)]
                op["in"] = pad["in"]
        self.prune()

    def fold_activations(self) -> None:
        """Let a convolution apply the activation that alone reads it."""
        readers: dict[str, list[Op]] = {}
        for op in self.ops:
            for name in op["in"]:
                readers.setdefault(name, []).append(op)
        for op in self.ops:
            after = readers.get(op["out"], [])
            plain = op["op"] in ("conv", "add") and not op.get("act")
            if plain and len(after) == 1 and after[0]["op"] in ("relu", "hard_swish"):
                op["act"], op["out"] = after[0]["op"], after[0]["out"]
                after[0]["out"] = "nothing"
        self.prune()

    def packed(self, source: str) -> bytes:
        """The safetensors file. One metadata key only: their order is not defined."""
        head = {"format": FORMAT, "source": source, "inputs": self.inputs, "outputs": self.outputs}
        text = json.dumps({**head, "ops": self.ops}, separators=(",", ":"), sort_keys=True)
        return save(self.weights, metadata={"graph": text})
