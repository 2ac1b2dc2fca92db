"""lightmeter measures AI-generated portraits in physical units and judges them.

    import lightmeter
    table = lightmeter.measure("portraits/")                      # a DataFrame: a value or a reason
    run = lightmeter.score("portraits/", "hyperreal-character")   # verdicts, scores, variants
    lightmeter.write(run, "out/")                                 # tables, summary, JUnit, HTML

Everything here is importable without loading torch; the first call loads it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

# The room is bound first: importing it later would put the module in the place of the function.
import lightmeter.measure  # noqa: F401
from lightmeter.api import calibrate, measure, score
from lightmeter.errors import (
    LightmeterError,
    RubricError,
    SourceError,
    UnreadableImage,
    WeightsUnavailable,
)

if TYPE_CHECKING:
    from lightmeter.judge.run import Run

__all__ = [
    "LightmeterError",
    "RubricError",
    "SourceError",
    "UnreadableImage",
    "WeightsUnavailable",
    "calibrate",
    "measure",
    "score",
    "write",
]


def write(run: Run, out: str | Path, *, strict: bool = False) -> list[Path]:
    """Write all that a run leaves behind into the folder `out`; returns the files."""
    from lightmeter.report import write as write_all

    return write_all(run, Path(out), strict)
