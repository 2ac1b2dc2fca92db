from __future__ import annotations

import threading
import time

import pytest

from lightmeter.errors import UnreadableImage
from lightmeter.read.deadline import within


def test_work_that_hangs_is_left_behind() -> None:
    released = threading.Event()
    began = time.monotonic()
    with pytest.raises(UnreadableImage, match="no answer in time"):
        within(0.05, lambda: released.wait(30), "no answer in time")
    assert time.monotonic() - began < 10
    released.set()


def test_its_result_and_its_own_errors_come_through() -> None:
    assert within(5, lambda: 7, "slow") == 7
    with pytest.raises(TimeoutError, match="its own"):
        within(5, lambda: (_ for _ in ()).throw(TimeoutError("its own")), "slow")
