"""Turn the mesh of an average face into the table of the shadows that it casts on itself."""

from __future__ import annotations

import torch
from safetensors.torch import save
from torch import Tensor

from lightmeter.optics.cast_shadows import reached
from lightmeter.see.self_shadow import directions
from lightmeter.see.topology import TEMPLE_LEFT, TEMPLE_RIGHT, topology

_ALL = slice(None)


def cast_shadows(points: Tensor) -> bytes:
    """The safetensors file: `points` (468, 3) fp16, head frame (x right, y up, z forwards), and `table`."""
    points = points.half()
    return save({"points": points.contiguous(), "reached": table(points.float())})


def table(points: Tensor, which: slice = _ALL) -> Tensor:
    """(300, 107) uint8, a bit per triangle, the lowest first: whether light from there reaches it.

    points: (468, 3); which: of the directions. Some 30 ms a direction.
    """
    cpu = torch.device("cpu")
    width = float((points[TEMPLE_LEFT] - points[TEMPLE_RIGHT]).norm())
    seen = reached(points, topology(cpu).triangles, directions(cpu)[which], width).to(torch.uint8)
    bits = torch.nn.functional.pad(seen, (0, -seen.shape[1] % 8)).view(len(seen), -1, 8)
    packed: Tensor = (bits << torch.arange(8, dtype=torch.uint8)).sum(2, dtype=torch.uint8)
    return packed
