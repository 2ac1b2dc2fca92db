"""The nearest valid word: what every message about a wrong name ends with."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LISTED = 8


def hint(word: str, valid: Iterable[str]) -> str:
    """The end of a message about `word`: the valid word it is close to, or a short list of what is valid.

    >>> hint("wieght", ["weight", "warn"])
    "; did you mean 'weight'?"
    >>> hint("colour", ["weight", "warn"])
    '; valid: warn, weight'
    """
    words = sorted(valid)
    close = get_close_matches(word, words, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; valid: {', '.join(words)}" if 0 < len(words) <= _LISTED else ""
