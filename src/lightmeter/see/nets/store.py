"""Load the networks that the wheel carries, once per device."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from lightmeter.errors import WeightsUnavailable
from lightmeter.see.nets.graph import Network

WEIGHTS = Path(__file__).parent.parent / "weights"
FORMAT = 1


def network(name: str, device: torch.device) -> Network:
    """The network `weights/NAME.safetensors` on a device; raises WeightsUnavailable where it is missing."""
    if device.type == "cuda" and device.index is None:
        device = torch.device("cuda", torch.cuda.current_device())
    return _network(name, device)


@lru_cache(maxsize=32)
def _network(name: str, device: torch.device) -> Network:
    head, weights = _stored(name)
    net = Network(head, {key: value.float() for key, value in weights.items()})
    return net.to(memory_format=torch.channels_last).to(device).eval()


@cache
def _stored(name: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    path = WEIGHTS / f"{name}.safetensors"
    try:
        with safe_open(path, framework="pt") as file:
            head = json.loads(file.metadata()["graph"])
            weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise WeightsUnavailable(f"{path.name}: {error}; reinstall lightmeter") from error
    if head["format"] != FORMAT:
        raise WeightsUnavailable(f"{path.name} has format {head['format']}, this version reads {FORMAT}")
    return head, weights
