"""The measurements and criteria that a run asked for, with their units."""

from __future__ import annotations

from lightmeter.judge.run import Run
from lightmeter.measure.records import Wanted


def wanted(run: Run) -> dict[Wanted, str]:
    """The measurements that the run asked for, each with its unit, in the order in which they appear."""
    units: dict[Wanted, str] = {}
    for reading in run.answers.values():
        units[reading.wanted] = units.get(reading.wanted) or reading.unit
    if not units and run.rubric is not None:
        return {Wanted.of(c.measure, c.with_): "" for c in run.rubric.criteria.values()}
    return units


def criterion_unit(run: Run) -> dict[str, str]:
    """The unit of each criterion."""
    units = {summary.criterion: summary.unit for summary in run.variants}
    return units | {v.criterion: v.reading.unit for v in run.verdicts if v.criterion not in units}
