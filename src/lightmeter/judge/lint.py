"""Vague words and contradictions of a prompt, each with its place and what to say instead.

The rules are data, `rubrics/lint/words.yaml`, in the pattern syntax of the grammar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from lightmeter.judge.captures import REGEXES
from lightmeter.judge.grammar import read
from lightmeter.judge.phrases import Phrase, phrase
from lightmeter.judge.prompts import Prompt
from lightmeter.judge.shelf import folder
from lightmeter.judge.specification import Ask, asks_of, distinct, is_negated

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]

_STRICT = ConfigDict(extra="forbid", frozen=True)


class Rule(BaseModel):
    """A vague word: why it fails, what to say `instead`, what that makes measurable.

    unless: measurements; a prompt that asks for one of them has said what it means. examples are found,
    `clean` ones are not.
    """

    model_config = _STRICT

    name: Text
    phrases: Texts
    unless: tuple[Text, ...]
    why: Text
    instead: Text
    measures: Texts
    examples: Texts
    clean: Texts


class Contradiction(BaseModel):
    """Two wishes that exclude each other."""

    model_config = _STRICT

    name: Text
    one: Texts
    other: Texts
    why: Text
    example: Text


class Rules(BaseModel):
    """The file of rules."""

    model_config = _STRICT

    about: Text
    rules: tuple[Rule, ...]
    contradictions: tuple[Contradiction, ...]


@dataclass(frozen=True)
class Finding:
    """One thing to change: text[start:end] of the prompt, at line and column (from 1) of its file."""

    file: str
    line: int
    column: int
    start: int
    end: int
    rule: str
    words: str
    message: str
    instead: str
    measures: tuple[str, ...] = ()


@cache
def rules() -> Rules:
    """The packaged rules."""
    return read(folder() / "lint" / "words.yaml", Rules)


def lint(prompt: Prompt) -> tuple[Finding, ...]:
    """All findings, in the order of the text; negated words, and those of a negative prompt, are none."""
    asks = asks_of(prompt)
    asked = {ask.wanted.measurement for ask in asks if ask.wanted is not None}
    vague = [f for rule in rules().rules if not asked & set(rule.unless) for f in _vague(rule, prompt, asks)]
    found = [*_longest(vague), *_exclusive(prompt), *_apart(prompt, asks)]
    return tuple(sorted(found, key=lambda f: (f.start, f.end, f.rule)))


def _vague(rule: Rule, prompt: Prompt, asks: Sequence[Ask]) -> Iterator[Finding]:
    """Matches, but for those inside words that the grammar reads as a quantity."""
    for start, end in _spans(rule.phrases, prompt):
        if not any(ask.start <= start and end <= ask.end for ask in asks):
            yield _finding(prompt, start, end, rule.name, rule.why, rule.instead, rule.measures)


def _longest(found: list[Finding]) -> list[Finding]:
    """One finding for a place: the longest, of the first rule."""
    kept: list[Finding] = []
    for each in sorted(found, key=lambda f: f.start - f.end):
        if all(each.end <= other.start or other.end <= each.start for other in kept):
            kept.append(each)
    return kept


def _exclusive(prompt: Prompt) -> Iterator[Finding]:
    for rule in rules().contradictions:
        one, other = (list(_spans(phrases, prompt)) for phrases in (rule.one, rule.other))
        if one and other:
            start, end = other[0]
            words = prompt.text[slice(*one[0])]
            message = f"contradicts {words!r}: {rule.why}."
            yield _finding(prompt, start, end, rule.name, message, "one of the two", ())


def _apart(prompt: Prompt, asks: Sequence[Ask]) -> Iterator[Finding]:
    """Wants of one measurement whose intervals do not meet."""
    for first, second in combinations(distinct(a for a in asks if a.wanted is not None), 2):
        if first.wanted == second.wanted and _disjoint(first, second) and first.wanted is not None:
            name = first.wanted.measurement
            message = f"contradicts {first.words!r}: no value of {name} fulfils both."
            yield _finding(
                prompt, second.start, second.end, "two-intervals", message, "one of the two", (name,)
            )


def _disjoint(first: Ask, second: Ask) -> bool:
    return any(
        one.high is not None and other.low is not None and one.high < other.low
        for one, other in ((first, second), (second, first))
    )


def _spans(phrases: Sequence[str], prompt: Prompt) -> Iterator[tuple[int, int]]:
    for text in phrases:
        for match in _compiled(text).regex.finditer(prompt.text):
            if not is_negated(prompt, match.start()):
                yield match.span()


@cache
def _compiled(text: str) -> Phrase:
    return phrase(text, REGEXES)


def _finding(
    prompt: Prompt, start: int, end: int, rule: str, message: str, instead: str, measures: tuple[str, ...]
) -> Finding:
    line, column = prompt.place(start)
    return Finding(
        prompt.name, line, column, start, end, rule, prompt.text[start:end], message, instead, measures
    )
