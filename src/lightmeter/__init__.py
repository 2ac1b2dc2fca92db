"""lightmeter measures AI-generated portraits in physical units and judges them.

    import lightmeter
    table = lightmeter.measure("portraits/")                      # a DataFrame: a value or a reason
    run = lightmeter.score("portraits/", "hyperreal-character")   # verdicts, scores, variants
    lightmeter.write(run, "out/")                                 # tables, summary, JUnit, HTML
    lightmeter.metadata("portrait.png").prompt                    # what the generator wrote of it
    lightmeter.read_card("card.json")                             # a prompt with its settings
    found = lightmeter.compare("out/", baseline="plain")          # which variant is better, and how sure
    lightmeter.write(found, "out/")                               # comparison.csv, .md, .html
    gate = lightmeter.gate("out/", "baseline.csv")                # whether a change made it worse

Everything here is importable without loading torch; the first call loads it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

# The rooms are bound first: importing one later would put the module in the place of the function.
import lightmeter.compare
import lightmeter.measure  # noqa: F401
from lightmeter.api import bless, calibrate, compare, gate, measure, score
from lightmeter.errors import (
    CardError,
    LightmeterError,
    PolicyError,
    RubricError,
    SourceError,
    UnreadableImage,
    WeightsUnavailable,
)

if TYPE_CHECKING:
    from lightmeter.compare.comparison import Comparison
    from lightmeter.compare.gate import Gate
    from lightmeter.judge.run import Run
    from lightmeter.read.card import Card
    from lightmeter.read.metadata.generation import Generation

__all__ = [
    "CardError",
    "LightmeterError",
    "PolicyError",
    "RubricError",
    "SourceError",
    "UnreadableImage",
    "WeightsUnavailable",
    "bless",
    "calibrate",
    "compare",
    "gate",
    "measure",
    "metadata",
    "read_card",
    "score",
    "write",
]


def write(run: Run | Comparison | Gate, out: str | Path, *, strict: bool = False) -> list[Path]:
    """Write all that a run, a comparison or a gate leaves behind into the folder `out`; returns the files."""
    from lightmeter.compare.comparison import Comparison
    from lightmeter.compare.gate import Gate
    from lightmeter.report import write as write_all
    from lightmeter.report.contrast_write import write_comparison
    from lightmeter.report.gate_write import write_gate

    if isinstance(run, Comparison):
        return write_comparison(run, Path(out))
    if isinstance(run, Gate):
        return write_gate(run, Path(out))
    return write_all(run, Path(out), strict)


def metadata(image: str | Path) -> Generation:
    """How one image was made, from the file beside it, then itself; `reason` says why no prompt is found."""
    from lightmeter.read.prompts import generation

    return generation(Path(image))


def read_card(path: str | Path) -> Card:
    """Read one prompt card (.json, .yaml, .md); raises `CardError`, which names each wrong key."""
    from lightmeter.read.card import read_card as read

    return read(path)
