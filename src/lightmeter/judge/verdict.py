"""Readings under a rubric: a verdict per image and criterion, a score and a decision per image.

With d the desirability of a criterion's value (`desirability`) and w its weight, an image's score is

    score = exp( sum(w ln d) / sum(w) )

over its criteria. `low` takes d = 0.01 for a required criterion without a value and `high` takes d = 1,
so they are equal only where every required criterion was measured. An optional criterion without a
value is in neither. An image without any value has low = 0.01, high = 1.

An image's decision: fail if any criterion fails; else unmeasured if a required criterion has no value,
or none has; else warn if any criterion warns; else pass. Files that never were images get no verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from lightmeter.judge.desirability import FLOOR, combined, decide, desirability
from lightmeter.judge.model import Criterion, Known, Rubric, asks
from lightmeter.judge.run import Decision, ImageScore, Run, Verdict
from lightmeter.judge.variants import summaries, totals
from lightmeter.measure.inputs import unasked
from lightmeter.measure.records import ImageRecord, Reading, Wanted
from lightmeter.measure.registry import measurements

NOT_IN_RUN = "not measured in this run"


def judge(
    images: Iterable[ImageRecord],
    readings: Iterable[Reading],
    rubric: Rubric | None,
    settings: Mapping[str, JsonValue],
    known: Known | None = None,
) -> Run:
    """Ask every criterion of every image; without a rubric, the run is its readings alone."""
    records, values = tuple(images), tuple(readings)
    if rubric is None:
        return Run(records, values, None, (), (), (), settings)
    verdicts = _verdicts(records, values, rubric, measurements() if known is None else known)
    scores = tuple(score(own, rubric) for own in grouped(verdicts).values())
    variant_of = {record.image: record.variant for record in records if record.status != "skipped"}
    summary = summaries(verdicts, variant_of, rubric)
    total = totals(scores, summary, variant_of)
    return Run(records, values, rubric, verdicts, scores, summary, settings, total)


def _verdicts(
    records: tuple[ImageRecord, ...], values: tuple[Reading, ...], rubric: Rubric, known: Known
) -> tuple[Verdict, ...]:
    asked = asks(rubric, known)
    table = _Table(
        {(r.image, r.wanted): r for r in values}, {r.wanted.measurement: r.unit for r in values}, known
    )
    return tuple(
        _verdict(name, criterion, table.reading(record, asked[name]))
        for record in records
        if record.status != "skipped"
        for name, criterion in rubric.criteria.items()
    )


def _verdict(name: str, criterion: Criterion, reading: Reading) -> Verdict:
    if reading.value is None:
        return Verdict(reading.image, name, reading, "unmeasured", None)
    decision, d = decide(reading.value, criterion), desirability(reading.value, criterion)
    return Verdict(reading.image, name, reading, decision, d)


@dataclass(frozen=True)
class _Table:
    """Readings by image and question; where one is absent, a reading that says why."""

    found: Mapping[tuple[str, Wanted], Reading]
    units: Mapping[str, str]
    known: Known

    def reading(self, record: ImageRecord, wanted: Wanted) -> Reading:
        found = self.found.get((record.image, wanted))
        if found is not None and (found.value is None or math.isfinite(found.value)):
            return found
        measurement = self.known.get(wanted.measurement)
        unit = self.units.get(wanted.measurement, measurement.unit if measurement else "")
        return Reading(record.image, wanted, unit, None, self._absence(record, wanted))

    def _absence(self, record: ImageRecord, wanted: Wanted) -> str:
        measurement = self.known.get(wanted.measurement)
        if record.status == "refused" or measurement is None:
            return record.reason or NOT_IN_RUN
        return unasked(measurement, wanted.mapping()) or NOT_IN_RUN


def grouped(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    """The verdicts of each image, in the order of the images."""
    result: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        result.setdefault(verdict.image, []).append(verdict)
    return result


def score(verdicts: list[Verdict], rubric: Rubric) -> ImageScore:
    """One image's criteria together; `verdicts` are all of that image."""
    criteria = [(v, rubric.criteria[v.criterion]) for v in verdicts]
    counted = [
        (v.desirability, c.weight) for v, c in criteria if v.desirability is not None or not c.optional
    ]
    low, high = FLOOR, 1.0
    if any(d is not None for d, _ in counted):
        low = combined((FLOOR if d is None else d, weight) for d, weight in counted)
        high = combined((1.0 if d is None else d, weight) for d, weight in counted)
    unmeasured = tuple(v.criterion for v in verdicts if v.desirability is None)
    return ImageScore(verdicts[0].image, _decision(criteria), low, high, _worst(criteria), unmeasured)


def _decision(criteria: list[tuple[Verdict, Criterion]]) -> Decision:
    decisions = {v.decision for v, c in criteria if v.decision != "unmeasured" or not c.optional}
    order: tuple[Decision, ...] = ("fail", "unmeasured", "warn", "pass")
    return next((decision for decision in order if decision in decisions), "unmeasured")


def _worst(criteria: list[tuple[Verdict, Criterion]]) -> str:
    """The costliest value outside its pass interval; else the heaviest required one without a value."""
    costs = [
        (c.weight * math.log(d), v.criterion)
        for v, c in criteria
        if (d := v.desirability) is not None and d < 1
    ]
    if costs:
        return min(costs)[1]
    missing = [(-c.weight, v.criterion) for v, c in criteria if v.desirability is None and not c.optional]
    return min(missing)[1] if missing else ""
