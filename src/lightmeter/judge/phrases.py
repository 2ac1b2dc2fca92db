r"""Phrases of prompts as patterns, in a syntax small enough for a YAML file.

    soft shadows            words: any case, with spaces, hyphens or underscores between them
    (hard | crisp) light    one of several
    [very] soft shadow      may be there
    shadow*                 any ending: shadows, shadowed
    {side}  {key:side}      a captured word or quantity, see `captures`; the name before the colon is what
                            intervals call it, where a pattern has two of a kind
    beam ~3 {corner}        at most three words (1 to 9) between, within the clause
    {number} mm             a unit may follow its number without a space
    depth of field : shallow    a field and its value: also a colon, =, quotes or brackets between them

Every repetition is bounded, so that no prompt makes a pattern slow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lightmeter.errors import RubricError

_TOKEN = re.compile(r"\{(?:(\w+):)?(\w+)\}|~(\d)|[()\[\]|]|[^\s()\[\]|{}~]+")
_BETWEEN = r"[\s_–-]{1,8}"
_AFTER_FIGURE = r"[\s_–-]{0,4}"
_FIGURES = ("number",)
_FIELD = r"[\"'\s\[\](:=_–-]{1,10}"
_WORD = r"[^\s,.;:!?(){}\[\]\"“”]{1,24}"
_START, _END = r"(?<![^\W_])(?<!\d[.,/])", r"(?![^\W_])"


@dataclass(frozen=True)
class Phrase:
    """A compiled pattern. captured: the group of each capture -> (its name, its kind)."""

    text: str
    regex: re.Pattern[str]
    captured: Mapping[str, tuple[str, str]]


def phrase(text: str, kinds: Mapping[str, str]) -> Phrase:
    """Compile a pattern; kinds: the expression of each kind of capture. RubricError if it is wrong."""
    tokens = list(_TOKEN.finditer(text))
    if "".join(token[0] for token in tokens) != re.sub(r"\s+", "", text):
        raise RubricError(f"phrase {text!r}: a brace or ~ that cannot be read")
    parser = _Parser(text, [(t[0], t[1], t[2], t[3]) for t in tokens], kinds, {})
    body = parser.alternatives("")
    if parser.position != len(tokens):
        raise RubricError(f"phrase {text!r}: a bracket closes that was not open")
    regex = re.compile(_START + body + _END, re.IGNORECASE)
    if regex.search(""):
        raise RubricError(f"phrase {text!r}: matches nothing at all")
    return Phrase(text, regex, parser.captured)


_Token = tuple[str, str | None, str | None, str | None]


@dataclass
class _Parser:
    """Recursive descent over the tokens of one pattern."""

    text: str
    tokens: list[_Token]
    kinds: Mapping[str, str]
    captured: dict[str, tuple[str, str]]
    position: int = 0

    def alternatives(self, closing: str) -> str:
        """Sequences with | between them, up to the closing bracket."""
        found = [self._sequence()]
        while self._here() == "|":
            self.position += 1
            found.append(self._sequence())
        if closing:
            if self._here() != closing:
                raise RubricError(f"phrase {self.text!r}: no {closing!r} for the bracket before it")
            self.position += 1
        return f"(?:{'|'.join(found)})"

    def _here(self) -> str:
        return self.tokens[self.position][0] if self.position < len(self.tokens) else ""

    def _sequence(self) -> str:
        """Items in turn. What may be absent takes its separator with it."""
        regex, begun, between = "", False, _BETWEEN
        while self._here() not in ("", "|", ")", "]"):
            token = self.tokens[self.position]
            self.position += 1
            if token[3]:
                regex += f"(?:{between}{_WORD}(?:{_BETWEEN}{_WORD}){{0,{int(token[3]) - 1}}}?)??"
                between = _BETWEEN
            elif token[0] == ":":
                between = _FIELD
            elif token[0] == "[":
                inner = self.alternatives("]")
                after = _FIELD if self._here() == ":" else _BETWEEN
                regex += f"(?:{between}{inner})?" if begun else f"(?:{inner}{after})?"
            else:
                regex += (between if begun else "") + self._item(token)
                begun, between = True, _AFTER_FIGURE if token[2] in _FIGURES else _BETWEEN
        if not begun:
            raise RubricError(f"phrase {self.text!r}: a part that may be empty")
        return regex

    def _item(self, token: _Token) -> str:
        if token[0] == "(":
            return self.alternatives(")")
        if token[2]:
            return self._capture(token[1] or token[2], token[2])
        word = re.escape(token[0].rstrip("*"))
        return word + (r"[^\W_]{0,10}" if token[0].endswith("*") else "") + _END * token[0][-1].isalnum()

    def _capture(self, name: str, kind: str) -> str:
        if kind not in self.kinds:
            raise RubricError(f"phrase {self.text!r}: no capture {kind!r}; there are {', '.join(self.kinds)}")
        group = f"g{len(self.captured)}"
        self.captured[group] = (name, kind)
        return f"(?P<{group}>{self.kinds[kind]})"
