"""What a rubric is: criteria, each an interval in the unit of one measurement."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, JsonValue, model_validator

from lightmeter.errors import RubricError
from lightmeter.judge.nearest import hint
from lightmeter.measure.inputs import parameters_of
from lightmeter.measure.records import Wanted
from lightmeter.measure.registry import Measurement, measurements

Known = Mapping[str, Measurement]
"""Measurements by name: the registry, or a smaller world in a test."""

UNCHECKED: Known = MappingProxyType({})
"""Given as `known`, a rubric's form is checked, but not what it asks: the registry would load torch."""


def _interval(value: object) -> object:
    """A YAML list as a tuple, in order, with at least two ends named."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError("an interval is [low, high]; an open end is null")
    low, high = value
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        raise ValueError(f"the interval is reversed: {low} is above {high}")
    return (low, high)


End = FiniteFloat | None
Interval = Annotated[tuple[End, End], BeforeValidator(_interval)]
Text = Annotated[str, Field(min_length=1)]
Parameters = Mapping[str, JsonValue]

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Criterion(BaseModel):
    """One question asked of one measurement.

    `pass_` and `warn` are closed intervals in the measurement's unit, `warn` around `pass_`; an end that
    is None is open. An `optional` criterion may stay unmeasured without making the image unmeasured.
    `why` quotes the failure mode that the criterion catches.
    """

    model_config = _STRICT

    measure: Text
    pass_: Interval = Field(alias="pass")
    warn: Interval | None = None
    weight: Annotated[FiniteFloat, Field(gt=0)] = 1.0
    optional: bool = False
    with_: Parameters = Field(default_factory=dict, alias="with")
    why: Text

    @model_validator(mode="after")
    def _nested(self) -> Criterion:
        if self.pass_ == (None, None):
            raise ValueError("pass is open at both ends: every value would pass")
        if self.warn is not None and not _contains(self.warn, self.pass_):
            raise ValueError(f"warn {_shown(self.warn)} does not contain pass {_shown(self.pass_)}")
        return self


class Rubric(BaseModel):
    """Criteria by name, and the parameters (`with_`) for every measurement that takes them."""

    model_config = _STRICT

    name: Text
    title: Text
    source: Text
    with_: Parameters = Field(default_factory=dict, alias="with")
    criteria: Annotated[Mapping[str, Criterion], Field(min_length=1)]

    def with_parameters(self, parameters: Parameters, known: Known | None = None) -> Rubric:
        """This rubric, asked with other parameters: they win over the rubric's and over each criterion's.

        Raises RubricError for a parameter that no criterion's measurement takes.
        """
        world = measurements() if known is None else known
        taken = {p for c in self.criteria.values() for p in _taken(c, world)}
        unknown = [
            f"no criterion of {self.name!r} takes {p!r}{hint(p, taken)}" for p in parameters if p not in taken
        ]
        if unknown:
            raise RubricError("\n".join(unknown))
        criteria = {name: _overridden(c, parameters) for name, c in self.criteria.items()}
        return self.model_copy(update={"with_": {**self.with_, **parameters}, "criteria": criteria})


def _contains(outer: tuple[End, End], inner: tuple[End, End]) -> bool:
    low = outer[0] is None or (inner[0] is not None and outer[0] <= inner[0])
    high = outer[1] is None or (inner[1] is not None and outer[1] >= inner[1])
    return low and high


def _shown(interval: tuple[End, End]) -> str:
    return "[{}, {}]".format(*("null" if end is None else f"{end:g}" for end in interval))


def _overridden(criterion: Criterion, parameters: Parameters) -> Criterion:
    own = {name: parameters.get(name, value) for name, value in criterion.with_.items()}
    return criterion.model_copy(update={"with_": own})


def _taken(criterion: Criterion, known: Known) -> tuple[str, ...]:
    measurement = known.get(criterion.measure)
    return tuple(parameters_of(measurement)) if measurement else ()


def asks(rubric: Rubric, known: Known | None = None) -> dict[str, Wanted]:
    """For each criterion, the measurement with its parameters: the criterion's own win over the rubric's."""
    world = measurements() if known is None else known
    return {name: _asked(rubric, criterion, world) for name, criterion in rubric.criteria.items()}


def _asked(rubric: Rubric, criterion: Criterion, known: Known) -> Wanted:
    taken = _taken(criterion, known)
    shared = {name: value for name, value in rubric.with_.items() if name in taken}
    return Wanted.of(criterion.measure, {**shared, **criterion.with_})


def wanted(rubric: Rubric, known: Known | None = None) -> list[Wanted]:
    """What the engine is to measure for this rubric, each once, in the order of the criteria."""
    return list(dict.fromkeys(asks(rubric, known).values()))


def digest(rubric: Rubric) -> str:
    """SHA-256 of the rubric as canonical JSON: the same for criteria in any order."""
    plain = rubric.model_dump(mode="json", by_alias=True)
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
