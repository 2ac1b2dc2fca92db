"""A prompt as a specification: the measurements that it asks for, each with the words that ask."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from lightmeter.judge.captures import Values, values
from lightmeter.judge.grammar import Amount, Entry, Grammar, Want, grammar
from lightmeter.judge.phrases import Phrase
from lightmeter.judge.prompts import Prompt
from lightmeter.measure.names import registered_names
from lightmeter.measure.records import Wanted

End = float | None
NOT_YET = "not measurable yet: lightmeter has no {} so far"


@dataclass(frozen=True)
class Ask:
    """One thing that a prompt asks for. `words` are text[start:end].

    wanted is None where nothing can check it, with the reason; reason also says where the measurement is
    still missing. low, high: the closed interval, in unit; None is open.
    """

    words: str
    start: int
    end: int
    entry: str
    wanted: Wanted | None
    low: End = None
    high: End = None
    unit: str = ""
    reason: str = ""
    negated: bool = False

    @property
    def said(self) -> str:
        """The words, with "not" before what is not wanted."""
        return f"not: {self.words}" if self.negated else self.words

    @property
    def measured_by(self) -> str:
        """The measurement with its parameters, "-" where nothing can measure it."""
        if self.wanted is None:
            return "-"
        given = ", ".join(f"{name}={value}" for name, value in self.wanted.mapping().items())
        return self.wanted.measurement + (f" ({given})" if given else "")

    @property
    def interval(self) -> str:
        """What is wanted, in words; "-" where nothing can measure it."""
        if self.wanted is None:
            return "-"
        low, high = ("" if end is None else f"{end:.3g}" for end in (self.low, self.high))
        words = f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"
        return f"{low if low == high else words} {self.unit}"


@dataclass(frozen=True)
class _Match:
    entry: Entry
    start: int
    end: int
    found: Values
    negated: bool


def asks_of(prompt: Prompt, using: Grammar | None = None) -> tuple[Ask, ...]:
    """Everything asked, in the order of the words; a phrase inside a longer one is not asked twice."""
    rules = using or grammar()
    matches = sorted(_outer(_matches(prompt, rules)), key=lambda m: (m.start, m.end))
    return tuple(ask for match in matches for ask in _asks(match, prompt, rules))


def distinct(asks: Iterable[Ask]) -> tuple[Ask, ...]:
    """Each question once: the first words that ask it stand for the others."""
    first: dict[object, Ask] = {}
    for ask in asks:
        first.setdefault((ask.wanted, ask.low, ask.high, ask.entry if ask.wanted is None else ""), ask)
    return tuple(first.values())


def _matches(prompt: Prompt, rules: Grammar) -> Iterator[_Match]:
    for entry, phrase in rules.phrases:
        for found in phrase.regex.finditer(prompt.text):
            captured = _captured(phrase, found, rules)
            if captured is None:
                continue
            negated = is_negated(prompt, found.start(), rules)
            if entry.only is None or negated == (entry.only == "negated"):
                yield _Match(entry, found.start(), found.end(), captured, negated)


def _captured(phrase: Phrase, found: re.Match[str], rules: Grammar) -> Values | None:
    result: Values = {}
    for group, (name, kind) in phrase.captured.items():
        if found[group] is None:
            continue
        part = values(name, kind, found[group], rules.words.vocabularies)
        if part is None:
            return None
        result |= part
    return result


def _outer(matches: Iterable[_Match]) -> list[_Match]:
    """Longest first; one that begins inside another gives way to it."""
    kept: list[_Match] = []
    for match in sorted(matches, key=lambda m: (m.start - m.end, m.start)):
        if all(match.end <= other.start or other.end <= match.start for other in kept):
            kept.append(match)
    return kept


def is_negated(prompt: Prompt, start: int, using: Grammar | None = None) -> bool:
    """Whether words that begin there are not wanted.

    "no", "without" and their like stand at most three words before, within the clause; or they stand in a
    negative prompt. Both at once is the same: "no text" in a negative prompt asks for no text.
    """
    rules = using or grammar()
    clause = re.split(r"[.,;:!?()\[\]{}\n\"“”—]", prompt.text[max(0, start - 80) : start])[-1]
    said = _negating(rules.words.negators, rules.words.enders).search(clause) is not None
    return said or prompt.is_negative(start)


@cache
def _negating(negators: tuple[str, ...], enders: tuple[str, ...]) -> re.Pattern[str]:
    said = "|".join(re.escape(word) for word in sorted(negators, key=len, reverse=True))
    ended = "|".join(map(re.escape, enders))
    between = rf"(?:[\s-]+(?!(?:{ended})\b)[\w'’-]{{1,24}}){{0,3}}"
    return re.compile(rf"(?<!-)\b(?:{said})\b{between}[\s-]*$", re.IGNORECASE)


def _asks(match: _Match, prompt: Prompt, rules: Grammar) -> Iterator[Ask]:
    words, entry = prompt.text[match.start : match.end], match.entry
    whole = Ask(words, match.start, match.end, entry.name, None, negated=match.negated)
    for want in entry.opposite if match.negated else entry.wants:
        ends = _ends(want, match.found)
        if ends is None or not set(want.parameters.values()) <= match.found.keys():
            continue
        parameters = {name: match.found[capture] for name, capture in want.parameters.items()}
        yield replace(
            whole,
            wanted=Wanted.of(want.measure, parameters),
            low=ends[0],
            high=ends[1],
            unit=rules.words.units[want.measure],
            reason="" if want.measure in registered_names() else NOT_YET.format(want.measure),
        )
    if entry.unmeasurable:
        yield replace(whole, reason=entry.unmeasurable)


def _ends(want: Want, found: Values) -> tuple[End, End] | None:
    """The interval; None where it hangs on an optional part of the phrase that is not there."""
    try:
        if want.around is None:
            return _end(want.low, found), _end(want.high, found)
        middle = _end(want.around, found) or 0.0
    except KeyError:
        return None
    if want.times is not None:
        return _ordered(middle / want.times, middle * want.times)
    reach = want.within or 0.0
    return _ordered(middle - reach, middle + reach)


def _ordered(one: float, other: float) -> tuple[float, float]:
    """In order, to nine digits."""
    low, high = sorted((float(f"{one:.9g}"), float(f"{other:.9g}")))
    return low, high


def _end(amount: Amount | None, found: Values) -> End:
    if amount is None:
        return None
    factors = amount if isinstance(amount, tuple) else (amount,)
    numbers = [float(found[f]) if isinstance(f, str) else float(f) for f in factors]
    return float(f"{math.prod(numbers):.9g}")
