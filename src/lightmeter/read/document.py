"""YAML that remembers its lines and refuses what rubrics and cards never need.

Refused, with `file:line`: duplicate keys, keys that are not text, tags other than plain text, numbers,
true/false and null, numbers that are not finite, more than a few aliases, and aliases of themselves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import JsonValue
from yaml.constructor import SafeConstructor

from lightmeter.errors import LightmeterError, RubricError

Where = tuple[str | int, ...]
"""A place in the document: ("criteria", "pores", "pass", 0)."""

MAX_ALIASES = 16
"""16 aliases cannot multiply into more than a few hundred copies of what they stand for."""

MAX_CHARACTERS = 200_000

_TAG = "tag:yaml.org,2002:"
_SCALARS = frozenset(_TAG + kind for kind in ("str", "int", "float", "bool", "null", "merge"))


@dataclass(frozen=True)
class Source:
    """A YAML document as plain values, the line of every key and item, and what is wrong with it."""

    name: str
    data: JsonValue
    lines: Mapping[Where, int]
    problems: tuple[str, ...]

    def line(self, where: Where) -> int:
        """The line of a place, or of the nearest place around it that exists."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def problem(self, where: Where, message: str) -> str:
        """The message, as `file:line: message`."""
        return f"{self.name}:{self.line(where)}: {message}"


def read_source(path: Path, name: str) -> Source:
    """Read a rubric's YAML file; `name` is what messages call it. Raises where it is no YAML at all."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RubricError(f"{name}:1: cannot be read: {error}") from error
    return source_of(text, name, RubricError)


def source_of(text: str, name: str, raised: type[LightmeterError], dates_are_text: bool = False) -> Source:
    """Read YAML (or JSON, which is YAML too); raises `raised` where it is none at all."""
    try:
        root = _compose(text)
    except yaml.MarkedYAMLError as error:
        line = _line(error.problem_mark or error.context_mark)
        raise raised(f"{name}:{line}: {error.problem or error.context}") from error
    except (yaml.YAMLError, _NotTame) as error:
        raise raised(f"{name}:{getattr(error, 'line', 1)}: {error}") from error
    except RecursionError as error:
        raise raised(f"{name}:1: nested too deeply") from error
    reader = _Reader(name, dates_are_text)
    data = reader.value(root, ())
    return Source(name, data, reader.lines, tuple(reader.problems))


class _NotTame(ValueError):
    """YAML that is refused before it is built; `line` says where."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def _line(mark: object) -> int:
    """Counted from 1, also where PyYAML marks nothing."""
    return int(getattr(mark, "line", 0)) + 1


def _compose(text: str) -> yaml.Node:
    """The document as nodes, after counting aliases: a node tree with aliases may be exponentially large."""
    if len(text) > MAX_CHARACTERS:
        raise _NotTame(f"{len(text)} characters; at most {MAX_CHARACTERS} are read")
    aliases = [event for event in yaml.parse(text, yaml.SafeLoader) if isinstance(event, yaml.AliasEvent)]
    if len(aliases) > MAX_ALIASES:
        raise _NotTame(f"more than {MAX_ALIASES} aliases", _line(aliases[MAX_ALIASES].start_mark))
    node = yaml.compose(text, yaml.SafeLoader)
    if node is None:
        raise _NotTame("the file is empty")
    return node


@dataclass
class _Reader:
    """Walks the nodes once: plain values come back, lines and problems pile up here."""

    name: str
    dates_are_text: bool = False
    lines: dict[Where, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _open: set[int] = field(default_factory=set)

    def value(self, node: yaml.Node, where: Where) -> JsonValue:
        self.lines.setdefault(where, node.start_mark.line + 1)
        if id(node) in self._open:
            return self._refuse(node, "an alias that contains itself")
        self._open.add(id(node))
        try:
            return self._plain(node, where)
        finally:
            self._open.discard(id(node))

    def _plain(self, node: yaml.Node, where: Where) -> JsonValue:
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node, where)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(item, (*where, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
            return self._scalar(node)
        if node.tag == _TAG + "timestamp" and self.dates_are_text:
            return str(node.value)
        if node.tag == _TAG + "timestamp":
            return self._refuse(node, f"{node.value!r} reads as a date; put it in quotes")
        return self._refuse(node, f"tag {node.tag.replace(_TAG, '!!')!r} is not allowed")

    def _mapping(self, node: yaml.MappingNode, where: Where) -> JsonValue:
        result: dict[str, JsonValue] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key in result:
                first = self.lines[*where, key]
                self._refuse(key_node, f"duplicate {key!r}; the first is on line {first}")
            elif key is not None:
                self.lines[*where, key] = key_node.start_mark.line + 1
                result[key] = self.value(value_node, (*where, key))
        return result

    def _key(self, node: yaml.Node) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.tag in (_TAG + "str", _TAG + "merge"):
            return str(node.value)
        self._refuse(node, f"a name must be text; {node.value!r} is not: put it in quotes")
        return None

    def _scalar(self, node: yaml.ScalarNode) -> JsonValue:
        if node.tag in (_TAG + "str", _TAG + "merge"):
            return str(node.value)
        try:
            value: JsonValue = SafeConstructor().construct_object(node)
        except (ValueError, KeyError, yaml.YAMLError):
            return self._refuse(node, f"{node.value!r} cannot be read as {node.tag.replace(_TAG, '')}")
        if isinstance(value, float) and not math.isfinite(value):
            self._refuse(node, f"{node.value} is not a finite number; an open end is null")
        return value

    def _refuse(self, node: yaml.Node, message: str) -> JsonValue:
        """Note what is wrong; null stands in for the value."""
        self.problems.append(f"{self.name}:{node.start_mark.line + 1}: {message}")
        return None
