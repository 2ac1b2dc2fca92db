"""What may be decided by looking at values: on a CPU it saves work, on a device one would wait for it.

A batch must reach the device whole and come back once. So a shape or a branch may hang on values only
through what is here, which does not look where looking means waiting: there, everything that may be needed is
computed and what is not needed is masked. Both ways give the same values.
"""

from __future__ import annotations

from torch import Tensor


def may_look(x: Tensor) -> bool:
    """Whether the values of a tensor are at hand."""
    return x.device.type == "cpu"


def may_be(mask: Tensor) -> bool:
    """Whether any of `mask` is true; on a device it may be."""
    return not may_look(mask) or bool(mask.any())


def at_most(count: Tensor, limit: int) -> int:
    """The largest of whole numbers `count`, 0 to `limit`; on a device it may be the limit."""
    return min(limit, int(count.max())) if may_look(count) else limit
