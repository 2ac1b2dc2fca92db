"""What a gate asks: a rubric's criteria, or the baseline's measurements, each with its rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lightmeter.compare.arms import Arms
from lightmeter.compare.policy import Policy, Rule, Source, Where
from lightmeter.compare.questions import recorded_for
from lightmeter.errors import PolicyError
from lightmeter.judge.model import Interval
from lightmeter.judge.nearest import hint
from lightmeter.measure.records import Wanted

if TYPE_CHECKING:
    from lightmeter.judge.model import Rubric


@dataclass(frozen=True)
class Asked:
    """A criterion, or a measurement. interval: what passes, None where nothing says so."""

    name: str
    wanted: Wanted
    unit: str
    rule: Rule
    interval: Interval | None
    optional: bool

    @property
    def either(self) -> bool:
        """Whether nothing tells which way is worse."""
        return self.interval is None and self.rule.worse in (None, "either")

    def harm(self, value: float) -> float:
        """What rises as an image gets worse: its distance from the interval, in the unit."""
        if self.interval is None:
            return -value if self.rule.worse == "lower" else value
        low, high = self.interval
        below = low - value if low is not None else 0.0
        above = value - high if high is not None else 0.0
        return max(below, above, 0.0)

    def passes(self, value: float | None) -> bool:
        """A value that is missing passes nothing."""
        return value is not None and self.harm(value) == 0


def asked(found: Arms, policy: Policy, rubric: Rubric | None, source: Source | None) -> list[Asked]:
    """In the rubric's order, or by name. Raises PolicyError for a rule that is about nothing."""
    if rubric is None:
        wrong, every = _wrong_alone(policy), _of_table(found, policy)
    else:
        wrong, every = _wrong_under(policy, rubric), _of_rubric(found, policy, rubric)
    problems = [source.problem(where, told) if source else told for where, told in wrong]
    if problems:
        raise PolicyError("\n".join(problems))
    return [each for each in every if each.name in policy.criteria or not policy.only_listed]


def _wrong_under(policy: Policy, rubric: Rubric) -> Iterator[tuple[Where, str]]:
    for name, rule in policy.criteria.items():
        where: Where = ("criteria", name)
        if name not in rubric.criteria:
            yield where, f"no criterion {name!r} in {rubric.name!r}{hint(name, rubric.criteria)}"
        elif rule.worse is not None or rule.pass_ is not None:
            yield where, f"{name}: the rubric {rubric.name!r} says what passes; leave out worse and pass"


def _wrong_alone(policy: Policy) -> Iterator[tuple[Where, str]]:
    """Without a rubric, only the policy can say what passes."""
    for name, rule in policy.criteria.items():
        if rule.share is not None and rule.pass_ is None:
            yield ("criteria", name, "share"), f"{name}: a share of what? give pass: [low, high], or a rubric"
    if policy.images_pass is not None and all(rule.pass_ is None for rule in policy.criteria.values()):
        yield ("images_pass",), "images_pass: passing what? give a rubric, or pass: [low, high] of criteria"


def _of_rubric(found: Arms, policy: Policy, rubric: Rubric) -> list[Asked]:
    result = []
    for name, criterion in rubric.criteria.items():
        wanted = recorded_for(found.units, criterion, rubric)
        rule = policy.rule(name)
        optional = rule.optional or criterion.optional
        result.append(Asked(name, wanted, found.units.get(wanted, ""), rule, criterion.pass_, optional))
    return result


def _of_table(found: Arms, policy: Policy) -> list[Asked]:
    """Measurements of which the baseline has a value, and those that the policy names."""
    times = Counter(each.measurement for each in found.units)
    once = {each: times[each.measurement] == 1 for each in found.units}
    names = {
        each: each.measurement if once[each] else f"{each.measurement} {each.parameters}".removesuffix(" {}")
        for each in found.units
        if each.measurement in policy.criteria or any(run == 1 for run, _ in found.values.get(each, {}))
    }
    missing = {name: Wanted(name) for name in policy.criteria if name not in names.values()}
    every = sorted([(name, wanted) for wanted, name in names.items()] + list(missing.items()), key=str)
    return [
        Asked(name, wanted, found.units.get(wanted, ""), rule, rule.pass_, rule.optional)
        for name, wanted in every
        for rule in [policy.rule(name)]
    ]
