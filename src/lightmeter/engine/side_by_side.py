"""Work of the host on the images of a batch, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from lightmeter.engine.cores import cores

A = TypeVar("A")
B = TypeVar("B")


def of_each(function: Callable[[A], B], images: Iterable[A]) -> list[B]:
    """The function's result for each, in order: for encoders, which let other threads run.

    A lone image stays in this thread: on the CPU each is measured alone, and every core has one.
    """
    given = list(images)
    return list(_pool().map(function, given)) if len(given) > 1 else [function(each) for each in given]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), "lightmeter-encode")
