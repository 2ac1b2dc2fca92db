"""Constants beside the tensors that they are used with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor


def constant(values: Any, like: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """A number or (nested) tuples of numbers as a tensor on the device of `like`, of its dtype unless told.

    Sent there once and kept: `new_tensor`, and lists as indices, copy at each call, and on a GPU that copy
    waits for all that was asked of it before. Shared: do not write into it.
    """
    return _sent(values, dtype or like.dtype, like.device)


def picked(x: Tensor, places: Sequence[int]) -> Tensor:
    """`x[:, places]`."""
    return x.index_select(1, constant(tuple(places), x, torch.int64))


@lru_cache(maxsize=512)
def _sent(values: Any, dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):
        return torch.tensor(values, dtype=dtype).to(device, non_blocking=True)
