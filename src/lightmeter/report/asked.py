"""Everything that a run asked for: its readings, and those that only a verdict holds, with why."""

from __future__ import annotations

from lightmeter.judge.run import Run
from lightmeter.measure.records import Reading, Wanted

Readings = dict[tuple[str, Wanted], Reading]


def readings_of(run: Run) -> Readings:
    """Each image's readings by what was wanted, in the order of the run."""
    made = {(r.image, r.wanted): r for r in run.readings}
    judged = {(v.image, v.reading.wanted): v.reading for v in run.verdicts}
    return made | {key: reading for key, reading in judged.items() if key not in made}


def wanted(run: Run) -> dict[Wanted, str]:
    """The measurements that the run asked for, each with its unit, in the order in which they appear."""
    units: dict[Wanted, str] = {}
    for reading in readings_of(run).values():
        units[reading.wanted] = units.get(reading.wanted) or reading.unit
    if not units and run.rubric is not None:
        return {Wanted.of(c.measure, c.with_): "" for c in run.rubric.criteria.values()}
    return units


def criterion_unit(run: Run) -> dict[str, str]:
    """The unit of each criterion."""
    units = {summary.criterion: summary.unit for summary in run.variants}
    return units | {v.criterion: v.reading.unit for v in run.verdicts if v.criterion not in units}
