"""What is asked of two variants: a rubric's criteria, or every measurement that was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lightmeter.compare.arms import Arms
from lightmeter.errors import SourceError
from lightmeter.judge.desirability import desirability
from lightmeter.measure.records import Wanted

if TYPE_CHECKING:
    from lightmeter.judge.model import Criterion, Rubric


@dataclass(frozen=True)
class Question:
    """criterion: its name, "" where no rubric asks; judged: the criterion itself."""

    criterion: str
    wanted: Wanted
    unit: str
    judged: Criterion | None = None
    note: str = ""

    def goodness(self, value: float) -> float:
        """What the verdict is about: the desirability, or without a rubric the value."""
        return value if self.judged is None else desirability(value, self.judged)


def questions(found: Arms, rubric: Rubric | None) -> list[Question]:
    """In the rubric's order, or in the table's, less what no image has a value of.

    Raises SourceError where nothing of it was measured.
    """
    if rubric is None:
        asked = [Question("", each, unit) for each, unit in found.units.items() if each in found.values]
    else:
        asked = _asked(found, rubric)
    if not any(each.wanted in found.values for each in asked):
        of = f" that {rubric.name!r} asks" if rubric is not None else ""
        raise SourceError(f"nothing to compare: no image has a value of any measurement{of}")
    return asked


def _asked(found: Arms, rubric: Rubric) -> list[Question]:
    result = []
    for name, criterion in rubric.criteria.items():
        recorded = recorded_for(found.units, criterion, rubric)
        fits = recorded not in found.units or _fits(recorded.mapping(), criterion, rubric)
        note = "" if fits else f"measured with {recorded.parameters}, which the rubric does not ask"
        result.append(Question(name, recorded, found.units.get(recorded, ""), criterion, note))
    return result


def recorded_for(units: Iterable[Wanted], criterion: Criterion, rubric: Rubric) -> Wanted:
    """What was recorded for a criterion: the registry is not asked which parameters a measurement takes, so
    they are the ones that a table has. Others than the rubric's were given to the run by `--with`, unless
    another criterion asks the same measurement."""
    own = [each for each in units if each.measurement == criterion.measure]
    fits = [each for each in own if _fits(each.mapping(), criterion, rubric)]
    alone = sum(each.measure == criterion.measure for each in rubric.criteria.values()) == 1
    if len(fits) == 1 or (len(own) == 1 and alone):
        return (fits or own)[0]
    return Wanted.of(criterion.measure, criterion.with_)


def _fits(given: Mapping[str, object], criterion: Criterion, rubric: Rubric) -> bool:
    wanted = {**{name: rubric.with_.get(name) for name in given}, **criterion.with_}
    return dict(given) == wanted
