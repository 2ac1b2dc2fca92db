"""Work that may hang, and is then left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from lightmeter.errors import UnreadableImage

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T], said: str) -> T:
    """What `work` gives or raises; `UnreadableImage` where it takes longer than `seconds`, which `said` says.

    No thread can be stopped from outside, so one that hangs goes on in the background until it is done or the
    program ends: it is a daemon, so nothing waits for it.
    """
    done: Future[T] = Future()
    threading.Thread(target=_settle, args=(done, work), name="lightmeter-wait", daemon=True).start()
    try:
        return done.result(seconds)
    except TimeoutError:
        if done.done():
            raise
        raise UnreadableImage(said) from None


def _settle(done: Future[T], work: Callable[[], T]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:
        done.set_exception(error)
