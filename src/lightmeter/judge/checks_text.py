"""What pydantic finds wrong with a file, each with its line."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from lightmeter.read.document import Source


def problems_of(source: Source, error: ValidationError) -> Iterator[str]:
    """`file:line: place: message` for each; the registry is not asked, so that torch is not loaded."""
    for detail in error.errors(include_url=False):
        place = ".".join(str(part) for part in detail["loc"])
        yield source.problem(tuple(detail["loc"]), f"{place}: {detail['msg']}")
