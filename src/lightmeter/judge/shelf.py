"""Where rubrics are kept: packaged ones by name, others by path."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from lightmeter.errors import RubricError
from lightmeter.judge.nearest import hint


def rubric_names() -> tuple[str, ...]:
    """The names of the packaged rubrics, sorted."""
    return tuple(sorted(path.stem for path in folder().glob("*.yaml")))


def folder() -> Path:
    """`lightmeter/rubrics` of the installed package, or `rubrics/` of the checkout around this file."""
    installed = Path(str(files("lightmeter"))) / "rubrics"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[3] / "rubrics"


def located(name_or_path: str | Path, beside: Path) -> Path:
    """The file of a rubric: a Path, or text with a slash or `.yaml`, is a path; other text is a name.

    A path that is not absolute is looked for from the folder `beside`.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in text or "\\" in text or text.endswith((".yaml", ".yml")):
        path = beside / text
        if not path.is_file():
            raise RubricError(f"no rubric file {text!r}")
        return path
    if text not in rubric_names():
        raise RubricError(f"no rubric {text!r}{hint(text, rubric_names())}")
    return folder() / f"{text}.yaml"


def called(path: Path) -> str:
    """What messages call a file: as it was given, and a packaged one without its folder."""
    return path.name if path.parent == folder() else str(path)
