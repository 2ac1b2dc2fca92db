"""The grammar of prompts: phrases, and the interval of a measurement that each asks for.

It is data, `rubrics/grammar/*.yaml`; `rubrics/grammar/README.md` documents it. Loaded as rubrics are:
plain YAML, every field checked, each problem with its file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from lightmeter.errors import RubricError
from lightmeter.judge.captures import REGEXES, Vocabulary
from lightmeter.judge.checks_text import problems_of
from lightmeter.judge.phrases import Phrase, phrase
from lightmeter.judge.shelf import folder
from lightmeter.read.document import read_source

Text = Annotated[str, Field(min_length=1)]
Amount = FiniteFloat | str | tuple[FiniteFloat | str, ...]
"""A number, the name of a captured one, or a product of both: [side.sign, degrees]."""

_STRICT = ConfigDict(extra="forbid", frozen=True)


class Want(BaseModel):
    """The interval of a measurement that a phrase asks for; `low`, `high`, or `around` with a tolerance.

    within: `around` plus or minus that; times: `around` divided and multiplied by that. parameters: name ->
    the capture that gives it. `note` says where the figures come from.
    """

    model_config = _STRICT

    measure: Text
    low: Amount | None = None
    high: Amount | None = None
    around: Amount | None = None
    within: FiniteFloat | None = None
    times: FiniteFloat | None = None
    parameters: Mapping[str, str] = Field(default_factory=dict, alias="with")
    note: str = ""

    @model_validator(mode="after")
    def _bounded(self) -> Want:
        if self.around is not None:
            if (self.within is None) == (self.times is None):
                raise ValueError("around needs one tolerance: within, or times")
        elif self.low is None and self.high is None:
            raise ValueError("a want needs low, high or around")
        return self


class Example(BaseModel):
    """A prompt, and what it must be understood as: measurement -> [low, high]; no entry asks nothing."""

    model_config = _STRICT

    say: Text
    gives: Mapping[str, tuple[FiniteFloat | None, FiniteFloat | None]] = Field(default_factory=dict)


class Entry(BaseModel):
    """What several phrases ask for.

    wants: asked as such; opposite: asked by "no ...", and by a negative prompt. unmeasurable: why nothing
    can check it (instead of wants, or besides them). only: matches no other than negated, or plain, ones.
    An entry with none of these takes its phrases away from shorter ones: "smooth skin tone" is no texture.
    """

    model_config = _STRICT

    name: Text
    phrases: Annotated[tuple[Text, ...], Field(min_length=1)]
    wants: tuple[Want, ...] = ()
    opposite: tuple[Want, ...] = ()
    unmeasurable: str = ""
    only: Literal["negated", "plain"] | None = None
    examples: Annotated[tuple[Example, ...], Field(min_length=1)]


class Words(BaseModel):
    """`words.yaml`: vocabularies of captures, words that negate, and the units of all measurements."""

    model_config = _STRICT

    vocabularies: Mapping[str, Vocabulary]
    negators: Annotated[tuple[Text, ...], Field(min_length=1)]
    enders: Annotated[tuple[Text, ...], Field(min_length=1)]
    units: Mapping[str, str]


class Entries(BaseModel):
    """Every other file of the grammar."""

    model_config = _STRICT

    about: Text
    entries: tuple[Entry, ...]


class Grammar(BaseModel):
    """All files together."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    words: Words
    entries: tuple[Entry, ...]
    phrases: tuple[tuple[Entry, Phrase], ...]


@cache
def grammar(path: Path | None = None) -> Grammar:
    """The packaged grammar, or that of another folder. Raises RubricError with a line for each problem."""
    shelf = path or folder() / "grammar"
    words = read(shelf / "words.yaml", Words)
    files = sorted(file for file in shelf.glob("*.yaml") if file.stem != "words")
    entries = tuple(entry for file in files for entry in read(file, Entries).entries)
    unknown = {w.measure for e in entries for w in (*e.wants, *e.opposite)} - words.units.keys()
    if unknown:
        raise RubricError(f"{shelf / 'words.yaml'}: no unit for {', '.join(sorted(unknown))}")
    kinds = {**REGEXES, **{name: _listed(words_) for name, words_ in words.vocabularies.items()}}
    compiled = tuple((entry, phrase(text, kinds)) for entry in entries for text in entry.phrases)
    return Grammar(words=words, entries=entries, phrases=compiled)


def _listed(vocabulary: Vocabulary) -> str:
    """The words as one expression, longer ones first."""
    ordered = sorted(vocabulary, key=len, reverse=True)
    return "(?:" + "|".join(word.replace(" ", r"[\s_–-]") for word in ordered) + ")"


Model = TypeVar("Model", bound=BaseModel)


def read(path: Path, model: type[Model]) -> Model:
    """A YAML file as the model; RubricError with the line of every problem."""
    source = read_source(path, f"{path.parent.name}/{path.name}")
    if source.problems:
        raise RubricError("\n".join(source.problems))
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        raise RubricError("\n".join(problems_of(source, error))) from error
