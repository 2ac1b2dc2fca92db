"""Quantities in words: what a capture such as {stops} or {colour} finds, and the numbers that it stands for.

    {number}     0.3, 2                          number
    {stops}      -2 stops, 2-stop, 1.5 EV        stops (its size; the sign says fill or falloff)
    {minus}      the same, with its minus sign   minus
    {times}      4:1, 4x, 4×                     times, times.stops = log2
    {degrees}    45°, 45 degrees, 45-degree      degrees
    {sides}      16:9                            sides = 16/9
    {size}       7680x4320                       size.megapixels, size.aspect
    {thousands}  8K                              thousands, thousands.megapixels of that name's 16:9 frame
    {focal}      85mm, 24-mm                     focal, from 10 up
    {aperture}   f/1.4, f2.0                     aperture
    {colour}     #ff0080, RGB 255/0/128          colour, as #rrggbb: a text, for parameters

Words with numbers, such as {side}, are vocabularies in `rubrics/grammar/words.yaml`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

Values = dict[str, float | str]
Vocabulary = Mapping[str, Mapping[str, float]]
"""Word -> the numbers that it stands for, by attribute."""

_NAMED_SIZES = (2, 4, 5, 6, 8, 10, 12, 16, 32, 64)
"""Sizes that are spoken of as nK; 14, 18, 22 and 24 are karats of gold."""

_NUMBER = r"\d{1,5}(?:\.\d{1,4})?"
_STOPS = _NUMBER + r"[\s-]?(?:stops?|ev)"
_HEX = r"#[0-9a-f]{6}|#[0-9a-f]{3}"
_TRIPLE = r"(?:s?rgb)[\s:(]{0,3}\d{1,3}[\s]?[/,\s][\s]?\d{1,3}[\s]?[/,\s][\s]?\d{1,3}\)?"

REGEXES: Mapping[str, str] = {
    "number": _NUMBER,
    "stops": rf"[-−–]?{_STOPS}",
    "minus": rf"[-−–]{_STOPS}",
    "times": rf"{_NUMBER}\s?(?::\s?1|[x×])",
    "degrees": _NUMBER + r"[\s-]?(?:°|º|deg(?:ree)?s?)",
    "sides": r"\d{1,2}(?:\.\d{1,2})?:\d{1,2}",
    "size": r"\d{3,5}\s?[x×*]\s?\d{3,5}",
    "thousands": r"\d{1,2}\s?k",
    "focal": r"(?:[1-9]\d|[1-5]\d\d)(?:\.\d)?[\s-]?mm",
    "aperture": r"f\s?/?\s?\d{1,2}(?:\.\d)?",
    "colour": f"(?:{_HEX}|{_TRIPLE})",
}


def values(name: str, kind: str, found: str, vocabularies: Mapping[str, Vocabulary]) -> Values | None:
    """The numbers of a capture by name, such as `side.sign`; None where they make no sense, as 16:0."""
    if kind in vocabularies:
        word = re.sub(r"[\s_–-]+", " ", found).lower()
        return {f"{name}.{key}": number for key, number in vocabularies[kind][word].items()}
    return _READERS.get(kind, _plain)(name, found)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(_NUMBER, text)]


def _plain(name: str, found: str) -> Values | None:
    return {name: _numbers(found)[0]}


def _times(name: str, found: str) -> Values | None:
    times = _numbers(found)[0]
    return {name: times, f"{name}.stops": math.log2(times)} if times > 0 else None


def _sides(name: str, found: str) -> Values | None:
    width, height = _numbers(found)
    return {name: width / height} if width * height > 0 and 0.1 <= width / height <= 10 else None


def _size(name: str, found: str) -> Values | None:
    width, height = _numbers(found)
    if width * height == 0:
        return None
    return {f"{name}.megapixels": width * height / 1e6, f"{name}.aspect": width / height}


def _thousands(name: str, found: str) -> Values | None:
    """8K is 7680 x 4320: 960 n by 540 n."""
    n = _numbers(found)[0]
    return {name: n, f"{name}.megapixels": 0.5184 * n * n} if n in _NAMED_SIZES else None


def _colour(name: str, found: str) -> Values | None:
    if "#" in found:
        digits = found[found.index("#") + 1 :].lower()
        return {name: "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))}
    parts = [int(part) for part in re.findall(r"\d+", found)]
    return {name: "#" + bytes(parts).hex()} if max(parts) < 256 else None


_READERS: Mapping[str, Callable[[str, str], Values | None]] = {
    "times": _times,
    "sides": _sides,
    "size": _size,
    "thousands": _thousands,
    "colour": _colour,
}
