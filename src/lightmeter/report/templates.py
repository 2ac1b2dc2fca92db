"""The pages' templates and styles: Jinja that escapes all text."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from lightmeter.report.hostile import one_line


def asset(name: str) -> str:
    """The text of a file among the package's assets."""
    return (files("lightmeter.report") / "assets" / name).read_text(encoding="utf-8")


@cache
def environment(one_lined: bool) -> Environment:
    """one_lined: every text is brought to one line, and lines of tags alone leave none behind."""
    return Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_on_one_line if one_lined else _unlinked,
        trim_blocks=one_lined,
        lstrip_blocks=one_lined,
        keep_trailing_newline=not one_lined,
    )


def _on_one_line(value: object) -> object:
    return _unlinked(one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value)


def _unlinked(value: object) -> object:
    """Escaped text in which an address of a reason or a setting reads the same, but is none in the source."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return Markup(escape(value).replace("//", "/&#47;"))
