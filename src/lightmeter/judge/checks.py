"""Everything that can be wrong with one file of a rubric, each with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, JsonValue, ValidationError

from lightmeter.judge.model import UNCHECKED, Criterion, Interval, Known, Rubric
from lightmeter.judge.nearest import hint
from lightmeter.measure.inputs import parameters_of
from lightmeter.measure.registry import Measurement
from lightmeter.read.document import Source, Where

Fields = Mapping[str, JsonValue]


def names_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The field names as YAML writes them."""
    return tuple(info.alias or name for name, info in model.model_fields.items())


def unknown_fields(source: Source, where: Where, fields: Fields, valid: tuple[str, ...]) -> Iterator[str]:
    """A message for each field that is none of the valid ones, with the nearest that is."""
    for name in fields:
        if name not in valid:
            yield source.problem((*where, name), f"unknown field {name!r}{hint(name, valid)}")


def explained(source: Source, where: Where, error: ValidationError) -> Iterator[str]:
    """Pydantic's errors as `file:line: place: message`; numbers that the source refused are told already."""
    for detail in error.errors(include_url=False):
        if detail["type"] == "finite_number":
            continue
        place: Where = (*where, *detail["loc"])
        if detail["type"] == "missing":
            place, message = place[:-1], f"{place[-1]!r} is missing"
        else:
            message = detail["msg"].removeprefix("Value error, ")
        yield source.problem(place, f"{_label(place)}{message[0].lower()}{message[1:]}")


def _label(place: Where) -> str:
    return ".".join(str(part) for part in place) + ": " if place else ""


def criterion_of(
    source: Source, name: str, fields: Fields, known: Known
) -> tuple[Criterion | None, list[str]]:
    """One criterion, or None with what is wrong with it; the registry is asked even about a broken one."""
    where: Where = ("criteria", name)
    valid = names_of(Criterion)
    problems = list(unknown_fields(source, where, fields, valid))
    criterion = None
    try:
        criterion = Criterion.model_validate({k: v for k, v in fields.items() if k in valid})
    except ValidationError as error:
        problems.extend(explained(source, where, error))
    problems.extend(_against_registry(source, where, fields, criterion, known))
    return criterion, problems


def _against_registry(
    source: Source, where: Where, fields: Fields, criterion: Criterion | None, known: Known
) -> Iterator[str]:
    measure = fields.get("measure")
    if not isinstance(measure, str) or known is UNCHECKED:
        return
    measurement = known.get(measure)
    if measurement is None:
        yield source.problem((*where, "measure"), f"no measurement {measure!r}{hint(measure, known)}")
        return
    yield from _untaken(source, where, fields.get("with"), measurement)
    if criterion is not None:
        yield from _out_of_bounds(source, (*where, "pass"), criterion.pass_, measurement)


def _untaken(source: Source, where: Where, given: Any, measurement: Measurement) -> Iterator[str]:
    taken = parameters_of(measurement)
    for name in given if isinstance(given, Mapping) else ():
        if name not in taken:
            message = f"{measurement.name!r} takes no parameter {name!r}{hint(name, taken)}"
            yield source.problem((*where, "with", name), message)


def _out_of_bounds(
    source: Source, where: Where, interval: Interval, measurement: Measurement
) -> Iterator[str]:
    """An interval that no value can reach is a slip of unit or sign."""
    low, high = interval
    least, most = measurement.bounds
    if (low is not None and low > most) or (high is not None and high < least):
        range_ = f"{least:g}..{most:g} {measurement.unit}"
        yield source.problem(
            where, f"{_label(where)}no value can pass: {measurement.name!r} is within {range_}"
        )


def untaken_by_all(source: Source, rubric: Rubric, known: Known) -> Iterator[str]:
    """Parameters for the whole rubric that none of its measurements takes."""
    if known is UNCHECKED:
        return
    measures = {c.measure for c in rubric.criteria.values()} & known.keys()
    taken = {p for name in measures for p in parameters_of(known[name])}
    for name in rubric.with_:
        if name not in taken:
            yield source.problem(
                ("with", name), f"no criterion takes the parameter {name!r}{hint(name, taken)}"
            )
