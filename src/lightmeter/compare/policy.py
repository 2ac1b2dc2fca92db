"""What `lightmeter gate` lets pass: a policy from YAML; every problem is reported, each with its line.

    rubric: hyperreal-character     # or a path relative to this file; --rubric wins
    level: 0.05                     # chance of a false alarm over all questions of regression together
    images_pass: 0.8                # share of the images that must pass every criterion
    criteria:
      flat_light: {margin: 0.2, share: 0.9, never_below: 0.5}
      skin_material: {optional: true}

Without a policy every criterion of the rubric is asked for a regression, or, without a rubric, every
measurement of the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from lightmeter.errors import PolicyError, RubricError
from lightmeter.judge.checks import explained, names_of, unknown_fields
from lightmeter.judge.model import Interval
from lightmeter.read.document import Source, Where, read_source

__all__ = ["LEVEL", "MARGIN_SD", "Policy", "Rule", "Source", "Where", "read_policy"]

MARGIN_SD = 0.2
"""A small difference, in standard deviations of the baseline's images (J. Cohen, Statistical Power Analysis,
1988): what a reader of single images would not notice."""

LEVEL = 0.05

Worse = Literal["lower", "higher", "either"]
Part = Literal["rubric", "version", "weights"]
Share = Annotated[FiniteFloat, Field(gt=0, le=1)]

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Rule(BaseModel):
    """What is asked of one criterion, or of one measurement where there is no rubric.

    margin: how much worse is tolerated, in the unit, None for `margin_sd`. worse: which way, where no
    interval tells. pass_: the interval of a bar; under a rubric, the rubric's. share: of the images that
    must be inside it. never_below, never_above: what no image may be. optional: may be unmeasured.
    measured: the least share of the images that must have a value, None for any. regression: whether to
    compare it with the baseline.
    """

    model_config = _STRICT

    margin: Annotated[FiniteFloat, Field(ge=0)] | None = None
    worse: Worse | None = None
    pass_: Interval | None = Field(default=None, alias="pass")
    share: Share | None = None
    never_below: FiniteFloat | None = None
    never_above: FiniteFloat | None = None
    optional: bool = False
    measured: Share | None = None
    regression: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> Rule:
        low, high = self.never_below, self.never_above
        if low is not None and high is not None and low > high:
            raise ValueError(f"never_below {low:g} is above never_above {high:g}: no image could pass")
        if self.worse is not None and self.pass_ is not None:
            raise ValueError("worse and pass exclude each other: with an interval, worse is further outside")
        return self


class Policy(BaseModel):
    """The rules of a gate.

    level: the chance of any false alarm over all questions of regression together. bars: whether the share
    `observed` must reach a bar, or its one-sided 95 % lower `bound`. undecided: what becomes of a question
    that the images are too few to answer. accept: differences of origin between run and baseline that do
    not matter. only_listed: ask nothing but `criteria`.
    """

    model_config = _STRICT

    rubric: Annotated[str, Field(min_length=1)] | None = None
    level: Annotated[FiniteFloat, Field(gt=0, le=0.5)] = LEVEL
    margin_sd: Annotated[FiniteFloat, Field(ge=0)] = MARGIN_SD
    images_pass: Share | None = None
    bars: Literal["observed", "bound"] = "observed"
    undecided: Literal["pass", "fail"] = "pass"
    accept: list[Part] = Field(default_factory=list)
    only_listed: bool = False
    criteria: Mapping[str, Rule] = Field(default_factory=dict)

    def rule(self, name: str) -> Rule:
        """The rule of a criterion, the default one where it is not listed."""
        return self.criteria.get(name, _DEFAULT)


_DEFAULT = Rule()


def read_policy(path: str | Path) -> tuple[Policy, Source]:
    """A policy and where its lines are. Raises PolicyError with one line for each problem."""
    try:
        source = read_source(Path(path), str(path))
    except RubricError as error:
        raise PolicyError(str(error)) from None
    problems = list(source.problems)
    if not isinstance(source.data, Mapping):
        raise PolicyError("\n".join([*problems, source.problem((), "a policy is a mapping of fields")]))
    problems += _unknown(source, source.data)
    try:
        policy = Policy.model_validate(source.data)
    except ValidationError as error:
        problems += [line for line in explained(source, (), error) if "extra inputs" not in line]
        policy = Policy()
    if problems:
        raise PolicyError("\n".join(dict.fromkeys(problems)))
    return policy, source


def _unknown(source: Source, data: Mapping[str, object]) -> list[str]:
    found = list(unknown_fields(source, (), dict.fromkeys(data), names_of(Policy)))
    criteria = data.get("criteria")
    for name, rule in criteria.items() if isinstance(criteria, Mapping) else ():
        if isinstance(rule, Mapping):
            found += unknown_fields(source, ("criteria", name), rule, names_of(Rule))
    return found
