"""The same bytes again on a GPU, as far as torch can promise that."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def exact(device: torch.device) -> Iterator[None]:
    """Until the block ends, let a GPU add in one order where torch has a kernel that does.

    So a run repeats itself on the same device, with the same batches. Not so where torch has no such kernel
    (running sums of floats, in its own words), nor for another batch: cuDNN and cuBLAS choose by shapes
    how to split their sums, and last digits move, far within the tolerances. A CPU needs none of this: it
    measures each image alone, on one thread.
    """
    if device.type != "cuda":
        yield
        return
    convolutions: Any = torch.backends.cudnn
    memory: Any = torch.utils.deterministic
    before = convolutions.benchmark, convolutions.deterministic, memory.fill_uninitialized_memory
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    strict = torch.are_deterministic_algorithms_enabled()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # asked for by cuBLAS when it starts
    warnings.filterwarnings("ignore", ".*does not have a deterministic implementation")
    convolutions.benchmark, convolutions.deterministic, memory.fill_uninitialized_memory = False, True, False
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        convolutions.benchmark, convolutions.deterministic, memory.fill_uninitialized_memory = before
        torch.use_deterministic_algorithms(strict, warn_only=warned)
