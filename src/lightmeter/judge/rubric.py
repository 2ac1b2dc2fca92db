"""Rubrics from YAML: one file, or one that extends another. Every problem is reported, each with its line.

    name: my-portraits
    extends: hyperreal-character      # a packaged name, or a path relative to this file
    criteria:
      pores: {measure: skin_texture, pass: [1.2, 6.0], warn: [0.8, 8.0], why: "porcelain skin"}
      seamless: null                  # removes the criterion that was extended

A criterion of the same name replaces the extended one whole, so that its `why` fits its interval.
`title` and `source` are inherited where they are left out, `with` is merged by parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, ValidationError

from lightmeter.errors import RubricError
from lightmeter.judge.checks import Fields, criterion_of, explained, names_of, unknown_fields, untaken_by_all
from lightmeter.judge.model import (
    Criterion,
    Known,
    Rubric,
    asks,
    digest,
    wanted,
)
from lightmeter.judge.nearest import hint
from lightmeter.judge.shelf import called, located, rubric_names
from lightmeter.measure.registry import measurements
from lightmeter.read.document import Source, Where, read_source

__all__ = [
    "Criterion",
    "Rubric",
    "asks",
    "digest",
    "load_rubric",
    "rubric_names",
    "wanted",
]


def load_rubric(name_or_path: str | Path, known: Known | None = None) -> Rubric:
    """A packaged rubric by its name, or one by its path: a Path, or text with a slash or `.yaml`.

    Raises RubricError with one line for each problem. `known` are the measurements that may be asked:
    all of the registry's unless given.
    """
    world = measurements() if known is None else known
    return _load(located(name_or_path, Path()), (), world)


def _load(path: Path, extending: tuple[Path, ...], known: Known) -> Rubric:
    source = read_source(path, called(path))
    problems = list(source.problems)
    if not isinstance(source.data, Mapping):
        raise RubricError("\n".join([*problems, source.problem((), "a rubric is a mapping of fields")]))
    draft = _Draft(source, source.data, known, problems)
    draft.base = draft.extended(path, (*extending, path.resolve()))
    rubric = draft.rubric(draft.criteria())
    if rubric is None:
        raise RubricError("\n".join(dict.fromkeys(problems)))
    return rubric


@dataclass
class _Draft:
    """One file on its way to a rubric; what is wrong with it piles up in `problems`."""

    source: Source
    fields: Fields
    known: Known
    problems: list[str]
    base: Rubric | None = None
    complete: bool = True
    """Whether every criterion could be read: only then is it known which parameters nothing takes."""

    def extended(self, path: Path, chain: tuple[Path, ...]) -> Rubric | None:
        """The rubric that this file extends, None if there is none or it is broken."""
        if "extends" not in self.fields:
            return None
        try:
            base = self._base_path(path, chain)
        except RubricError as error:
            self._wrong(("extends",), f"extends: {error}")
            return None
        try:
            return _load(base, chain, self.known)
        except RubricError as error:
            self.problems += str(error).splitlines()
            return None

    def _base_path(self, path: Path, chain: tuple[Path, ...]) -> Path:
        name = self.fields["extends"]
        if not isinstance(name, str):
            raise RubricError("the name or the path of a rubric")
        base = located(name, path.parent)
        if base.resolve() in chain:
            raise RubricError("a loop, " + " -> ".join(p.name for p in (*chain, base)))
        return base

    def criteria(self) -> dict[str, Criterion]:
        """The extended criteria, with this file's own put in place and those set to null taken out."""
        result = dict(self.base.criteria) if self.base else {}
        own = self.fields.get("criteria", {})
        if not isinstance(own, Mapping):
            self._wrong(("criteria",), "criteria: a mapping from names to criteria")
            return result
        for name, value in own.items():
            if value is None:
                self._remove(name, result)
            elif isinstance(value, Mapping):
                criterion, found = criterion_of(self.source, name, value, self.known)
                self.problems += found
                self.complete &= not found
                result |= {name: criterion} if criterion else {}
            else:
                self._wrong(("criteria", name), f"criteria.{name}: a mapping of fields, or null to remove it")
        return result

    def _remove(self, name: str, criteria: dict[str, Criterion]) -> None:
        if criteria.pop(name, None) is None and not self._base_is_broken():
            message = f"nothing to remove: no criterion {name!r} is extended{hint(name, criteria)}"
            self._wrong(("criteria", name), message)

    def rubric(self, criteria: dict[str, Criterion]) -> Rubric | None:
        """The whole rubric, None if anything in this file or in what it extends is wrong."""
        valid = names_of(Rubric)
        self.problems += unknown_fields(self.source, (), self.fields, (*valid, "extends"))
        if not criteria and not self.problems:
            self._wrong(("criteria",), "a rubric needs at least one criterion")
        own = {name: value for name, value in self.fields.items() if name in valid}
        try:
            rubric = Rubric.model_validate(
                {**self._inherited(), **own, "criteria": criteria, "with": self._with()}
            )
        except ValidationError as error:
            self.problems += [p for p in explained(self.source, (), error) if ": criteria: " not in p]
            return None
        if self.complete and not self._base_is_broken():
            self.problems += untaken_by_all(self.source, rubric, self.known)
        return None if self.problems else rubric

    def _base_is_broken(self) -> bool:
        return self.base is None and "extends" in self.fields

    def _inherited(self) -> dict[str, JsonValue]:
        if self._base_is_broken():
            return {"title": "unknown", "source": "unknown"}
        return {"title": self.base.title, "source": self.base.source} if self.base else {}

    def _with(self) -> JsonValue:
        own = self.fields.get("with", {})
        return {**(self.base.with_ if self.base else {}), **own} if isinstance(own, Mapping) else own

    def _wrong(self, where: Where, message: str) -> None:
        self.problems.append(self.source.problem(where, message))
