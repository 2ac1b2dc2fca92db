"""What is asked of two variants: a rubric's criteria, or every measurement that was recorded."""

from __future__ import annotations

from collections import Counter
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
    from lightmeter.judge.model import asks

    wanted = asks(rubric)
    times = Counter(each.measurement for each in wanted.values())
    result = []
    for name, criterion in rubric.criteria.items():
        each = wanted[name]
        recorded = each if each in found.units or times[each.measurement] > 1 else _alone(found, each)
        note = (
            "" if recorded == each else f"measured with {recorded.parameters}, which the rubric does not ask"
        )
        result.append(Question(name, recorded, found.units.get(recorded, ""), criterion, note))
    return result


def _alone(found: Arms, wanted: Wanted) -> Wanted:
    """The one set of parameters that the run was given by `--with`, in place of the rubric's."""
    same = [each for each in found.units if each.measurement == wanted.measurement]
    return same[0] if len(same) == 1 else wanted
