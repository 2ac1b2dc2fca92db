"""Parsers of strangers' text that give up early instead of using up memory or the stack."""

from __future__ import annotations

import json
import re
import zlib
from itertools import accumulate
from typing import Any

MOST_BYTES = 8 << 20
"""Of one text. Node graphs of several megabytes exist, with pictures inside them."""

MOST_DEPTH = 100
"""Of nested JSON. Real graphs nest some ten levels."""

_BRACKET_OR_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{\]}]', re.DOTALL)


class Hostile(ValueError):
    """A text that was left unread; the message says why."""


def inflated(data: bytes) -> bytes:
    """Zlib or gzip data, no more of it than `MOST_BYTES`; raises `Hostile`."""
    stream = zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)
    try:
        found = stream.decompress(data, MOST_BYTES + 1)
    except zlib.error as error:
        raise Hostile(f"broken compression: {error}") from error
    if len(found) > MOST_BYTES:
        raise Hostile(f"compressed text of more than {MOST_BYTES >> 20} MiB")
    return found


def loaded(text: str, *, repeats: bool = True) -> Any:
    """JSON as plain values; raises `Hostile` where it is none, too long or nested too deeply.

    repeats: whether an object may name a key twice, as some tools do; the last one counts then.
    """
    if len(text) > MOST_BYTES:
        raise Hostile(f"JSON of more than {MOST_BYTES >> 20} MiB")
    steps = (1 if found[0] in "[{" else -1 for found in _BRACKET_OR_STRING.findall(text) if found[0] != '"')
    if max(accumulate(steps), default=0) > MOST_DEPTH:
        raise Hostile(f"JSON nested more than {MOST_DEPTH} deep")
    try:
        return json.loads(text, object_pairs_hook=None if repeats else _once)
    except Hostile:
        raise
    except (ValueError, RecursionError) as error:
        raise Hostile(f"broken JSON: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise Hostile(f"duplicate {next(name for name in names if names.count(name) > 1)!r}")
    return found


def json_object(text: str | None) -> dict[str, Any]:
    """The JSON object that a text holds, {} where it holds none."""
    if text is None or not text.lstrip().startswith("{"):
        return {}
    try:
        found = loaded(text)
    except Hostile:
        return {}
    return found if isinstance(found, dict) else {}
