"""What is known of how an image was made, whichever tool wrote it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Generation:
    """The prompt of one image and its settings; None or "" where the file does not tell.

    size: "1024x1024", or the ratio that was asked for, "16:9". seed: None for "random". origin: where it
    was read: "manifest", "sidecar a.txt", "embedded". reason: where there is no prompt, why.
    """

    tool: str = ""
    prompt: str | None = None
    negative: str | None = None
    seed: int | None = None
    steps: int | None = None
    sampler: str = ""
    cfg: float | None = None
    size: str = ""
    model: str = ""
    origin: str = ""
    reason: str = ""

    def __bool__(self) -> bool:
        """Whether anything is known besides the tool."""
        return any(_given(getattr(self, name)) for name in _KNOWN)

    def completed(self, other: Generation) -> Generation:
        """This one, with what it lacks taken from another, field by field."""
        missing = {f.name: getattr(other, f.name) for f in fields(self) if not _given(getattr(self, f.name))}
        merged = replace(self, **missing)
        return replace(merged, reason="" if merged.prompt is not None else merged.reason)


_KNOWN = ("prompt", "negative", "seed", "steps", "sampler", "cfg", "size", "model")


def _given(value: object) -> bool:
    return value is not None and value != ""


def text(value: object) -> str | None:
    """Text as a tool wrote it, without the white space around it; a list of texts is joined by commas."""
    if isinstance(value, list):
        value = ", ".join(item for item in value if isinstance(item, str))
    if not isinstance(value, str):
        return None
    return value.strip("\0 \t\r\n") or None


def whole(value: object) -> int | None:
    """A count, which may be written as text or as 20.0."""
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,30}(\.0{1,9})?\s*", value):
        return int(value.split(".")[0])
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def seed(value: object) -> int | None:
    """A seed of at most 64 bits; negative ones ask for a random one, so they say nothing."""
    found = whole(value)
    return found if found is not None and 0 <= found < 2**64 else None


def number(value: object) -> float | None:
    """A finite number, which may be written as text."""
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,30}(\.\d{1,30})?\s*", value):
        return float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e300 else None
    return None


def size(width: object, height: object) -> str:
    """ "1024x768", or "" unless both are positive counts."""
    across, down = whole(width), whole(height)
    return f"{across}x{down}" if across and down and 0 < across < 10**6 and 0 < down < 10**6 else ""
