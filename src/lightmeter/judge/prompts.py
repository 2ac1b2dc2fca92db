"""Prompts as people keep them: text, cards in JSON, Markdown; and which part says what not to draw.

A card is read as the text that it is, so that a place in it is a place in its file. Negative are
the value of a field such as `negative_prompt`, what follows "Negative prompt:" up to a blank line or the
generator's settings, and what follows `--no`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from lightmeter.errors import SourceError

MAX_CHARACTERS = 100_000
SUFFIXES = (".txt", ".json", ".md")

_SECTION = re.compile(
    r"^#+[ \t]*prompts?\b[^\n]*\n(.*?)(?=^## |\Z)", re.IGNORECASE | re.MULTILINE | re.DOTALL
)
_QUOTED = re.compile(
    r"\"negative[\s_-]?prompts?\w{0,12}\"\s*:\s*(?:\"((?:[^\"\\]|\\.)*)\"?|\[((?:[^\]\"]|\"(?:[^\"\\]|\\.)*\")*)\]?)",
    re.IGNORECASE,
)
_LED = re.compile(
    r"\bnegative[ _-]?prompts?[ \t]*[:：]\s*(.*?)(?=\n\s*\n|\nSteps:|\Z)", re.IGNORECASE | re.DOTALL
)
_OPTION = re.compile(r"(?<!\S)--no[ \t]+(.*?)(?=\s--|\n|\Z)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\[nrtbf]")


@dataclass(frozen=True)
class Prompt:
    """A prompt's text, where in its file it starts, and its negative parts as (start, end)."""

    text: str
    name: str = ""
    line: int = 1
    column: int = 1
    negative: tuple[tuple[int, int], ...] = ()

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of a character."""
        before = self.text[:offset]
        lines = before.count("\n")
        column = offset - (before.rfind("\n") + 1) + 1
        return self.line + lines, column + (self.column - 1 if lines == 0 else 0)

    def is_negative(self, offset: int) -> bool:
        """Whether a character stands in a negative part."""
        return any(start <= offset < end for start, end in self.negative)


def prompt_of(text: str, name: str = "", line: int = 1) -> Prompt:
    """A prompt from its text; escapes of JSON are set out in the same number of characters."""
    plain = _ESCAPE.sub(_unescaped, text)
    spans = [match.span(i) for match in _QUOTED.finditer(plain) for i in (1, 2) if match[i]]
    spans += [match.span(1) for pattern in (_LED, _OPTION) for match in pattern.finditer(plain)]
    return Prompt(plain, name, line, 1, tuple(spans))


def _unescaped(match: re.Match[str]) -> str:
    return (chr(int(match[1], 16)) if match[1] else "").ljust(len(match[0]))


def prompt_file(path: Path) -> Prompt:
    """The prompt of a .txt, .json or .md file. Raises SourceError where there is none to read.

    Of Markdown with a heading "Prompt" the section below it is read, of JSON the whole card.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    if len(text) > MAX_CHARACTERS:
        raise SourceError(f"{path}: {len(text)} characters; a prompt has at most {MAX_CHARACTERS}")
    if path.suffix.lower() == ".json":
        _is_json(path, text)
    section = _SECTION.search(text) if path.suffix.lower() == ".md" else None
    if section is None:
        return prompt_of(text, str(path))
    return prompt_of(section[1], str(path), 1 + text[: section.start(1)].count("\n"))


def _is_json(path: Path, text: str) -> None:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: bad JSON: {error}") from error


def prompts_of(given: str) -> Prompt:
    """A path's prompt where there is such a file (or the text could only be a path), else the text itself."""
    path = Path(given)
    try:
        if path.is_file():
            return prompt_file(path)
    except (OSError, ValueError):
        return prompt_of(given, "prompt")
    if path.suffix.lower() in SUFFIXES and not any(character.isspace() for character in given):
        raise SourceError(f"{given}: no such file")
    return prompt_of(given, "prompt")
