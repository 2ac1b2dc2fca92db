"""What could not be measured, and why: grouped, so that one missing weight file is one line."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from lightmeter.judge.run import Run
from lightmeter.measure.records import ImageRecord, Reading

_FIGURE = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Gap:
    """One reason why a measurement has no value, and on how many of the images that could be read."""

    measurement: str
    reason: str
    count: int


@dataclass(frozen=True)
class Absence:
    """Measurements without a value on any image, for one reason they share."""

    measurements: tuple[str, ...]
    reason: str


def gaps(run: Run) -> list[Gap]:
    """Each measurement's reasons, in the run's order; reasons that differ in a figure only are one.

    "face is 41 px wide: pores need 160" and "face is 52 px wide: ..." become "face is 41 to 52 px wide: ...".
    """
    grouped: dict[tuple[str, str], list[str]] = {}
    for reading in _read_only(run):
        if reading.value is None:
            key = (reading.wanted.measurement, _FIGURE.sub("#", reading.reason))
            grouped.setdefault(key, []).append(reading.reason)
    return [Gap(name, _common(reasons), len(reasons)) for (name, _), reasons in grouped.items()]


def absent(run: Run) -> list[Absence]:
    """The measurements that no image of the run has, by their most frequent reason."""
    reasons: dict[str, Counter[str]] = {}
    present = set()
    for reading in _read_only(run):
        if reading.value is not None:
            present.add(reading.wanted.measurement)
        reasons.setdefault(reading.wanted.measurement, Counter())[reading.reason] += 1
    by_reason: dict[str, list[str]] = {}
    for name, counted in reasons.items():
        if name not in present:
            by_reason.setdefault(counted.most_common(1)[0][0], []).append(name)
    return [Absence(tuple(names), reason) for reason, names in by_reason.items()]


def not_read(run: Run) -> list[ImageRecord]:
    """The files without a single measurement: images that could not be read, and what never was an image."""
    return [record for record in run.images if record.status != "measured"]


def _read_only(run: Run) -> list[Reading]:
    unread = {record.image for record in not_read(run)}
    return [reading for reading in run.answers.values() if reading.image not in unread]


def _common(reasons: list[str]) -> str:
    """One reason for several that differ in figures: each figure that varies becomes its range."""
    figures = [_FIGURE.findall(reason) for reason in reasons]
    ranges = iter(_range(column) for column in zip(*figures, strict=True))
    return _FIGURE.sub(lambda _: next(ranges), reasons[0])


def _range(column: tuple[str, ...]) -> str:
    least, most = min(column, key=float), max(column, key=float)
    return least if float(least) == float(most) else f"{least} to {most}"
