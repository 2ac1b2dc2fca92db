"""Work that may hang, and is then left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from lightmeter.errors import UnreadableImage

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` gives or raises; `UnreadableImage` where it takes longer than `seconds`.

    No thread can be stopped from outside, so one that hangs in a decoder goes on in the background, with
    its memory and its core, until it is done or the program ends: it is a daemon, so nothing waits for it.
    """
    done: Future[T] = Future()
    threading.Thread(target=_settle, args=(done, work), name="lightmeter-decode", daemon=True).start()
    try:
        return done.result(seconds)
    except TimeoutError:
        if done.done():
            raise
        raise UnreadableImage(
            f"took more than {seconds:g} s to decode; --decode-seconds sets the limit"
        ) from None


def _settle(done: Future[T], work: Callable[[], T]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:
        done.set_exception(error)
