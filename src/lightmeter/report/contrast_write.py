"""Everything that a comparison leaves in its folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lightmeter.compare.comparison import Comparison
from lightmeter.report.contrast_page import comparison_page
from lightmeter.report.contrast_summary import comparison_summary
from lightmeter.report.contrast_tables import comparison_frame, phrases_frame
from lightmeter.report.delimited import csv_bytes
from lightmeter.report.files import folder, place_all


def write_comparison(comparison: Comparison, out: Path) -> list[Path]:
    """Write into the folder `out` and return the files; a LightmeterError where that cannot be.

    `phrases.csv` is there where prompts differ.
    """
    target = folder(out)
    return place_all(target, _contents(comparison))


def _contents(comparison: Comparison) -> Iterator[tuple[str, bytes]]:
    yield "comparison.csv", csv_bytes(comparison_frame(comparison))
    if comparison.prompts > 1:
        yield "phrases.csv", csv_bytes(phrases_frame(comparison))
    yield "comparison.md", comparison_summary(comparison).encode()
    yield "comparison.html", comparison_page(comparison).encode()
