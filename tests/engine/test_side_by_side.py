"""Images of a batch are encoded side by side, and come out as they do alone."""

from __future__ import annotations

import threading

from lightmeter.engine.side_by_side import of_each


def test_results_are_in_order_and_those_of_one_after_the_other() -> None:
    assert of_each(lambda x: x * x, range(50)) == [x * x for x in range(50)]
    assert of_each(str, iter(())) == []


def test_a_lone_image_stays_in_its_thread() -> None:
    here = threading.get_ident()
    assert of_each(lambda _: threading.get_ident(), [0]) == [here]
    assert here not in of_each(lambda _: threading.get_ident(), [0, 1])
