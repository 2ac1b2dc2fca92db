"""Asked, measured, met: each image against its own prompt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from lightmeter.judge.prompts import prompt_of
from lightmeter.judge.specification import Ask, asks_of, distinct
from lightmeter.measure.names import registered_names
from lightmeter.measure.records import ImageRecord, Reading, Wanted

Met = Literal["yes", "no", "unmeasured"]

NOT_IN_RUN = "not measured in this run"


@dataclass(frozen=True)
class Fulfilment:
    """One thing that an image's prompt asks, and what the image has. value: None where not measured."""

    image: str
    ask: Ask
    value: float | None
    met: Met
    reason: str


@cache
def specification(prompt: str) -> tuple[Ask, ...]:
    """What a prompt asks, each question once."""
    return distinct(asks_of(prompt_of(prompt)))


def wanted_by(prompts: Iterable[str | None]) -> list[Wanted]:
    """The measurements that prompts ask for and that exist, each once."""
    asks = (ask for prompt in dict.fromkeys(prompts) if prompt for ask in specification(prompt))
    wanted = (ask.wanted for ask in asks if ask.wanted is not None)
    return list(dict.fromkeys(each for each in wanted if each.measurement in registered_names()))


def fulfilments(images: Sequence[ImageRecord], readings: Iterable[Reading]) -> tuple[Fulfilment, ...]:
    """Every image under its own prompt, in the order of the images and of the words."""
    found = {(reading.image, reading.wanted): reading for reading in readings}
    return tuple(
        _fulfilment(record, ask, found)
        for record in images
        if record.status != "skipped" and record.prompt
        for ask in specification(record.prompt)
    )


def _fulfilment(record: ImageRecord, ask: Ask, found: Mapping[tuple[str, Wanted], Reading]) -> Fulfilment:
    if ask.wanted is None or ask.reason:
        return Fulfilment(record.image, ask, None, "unmeasured", ask.reason)
    reading = found.get((record.image, ask.wanted))
    if reading is None or reading.value is None:
        reason = reading.reason if reading is not None else record.reason
        return Fulfilment(record.image, ask, None, "unmeasured", reason or NOT_IN_RUN)
    return Fulfilment(record.image, ask, reading.value, "yes" if _within(reading.value, ask) else "no", "")


def _within(value: float, ask: Ask) -> bool:
    """Closed at both ends; angles are the same after a whole turn."""
    turns = (-360.0, 0.0, 360.0) if ask.unit == "deg" else (0.0,)
    return any(
        (ask.low is None or value + turn >= ask.low) and (ask.high is None or value + turn <= ask.high)
        for turn in turns
        if turn == 0.0 or (ask.low is not None and ask.high is not None)
    )
