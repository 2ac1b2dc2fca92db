"""A comparison as tables: what `comparison.csv` and `phrases.csv` hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from lightmeter.compare.comparison import Comparison, Row
from lightmeter.compare.phrases import PhraseEffect
from lightmeter.report.hostile import well_formed

_TEXTS = {
    "baseline", "variant", "criterion", "measurement", "parameters", "unit", "verdict", "clustered_by",
    "test", "notes", "phrase",
}  # fmt: skip
_COUNTS = {
    "n", "n_baseline", "unmeasured", "unmeasured_baseline", "pairs", "clusters", "needed", "prompts",
    "prompts_with",
}  # fmt: skip
COMPARISON = (
    "baseline", "variant", "criterion", "measurement", "parameters", "unit", "difference", "low", "high", "p",
    "p_adjusted", "superiority", "verdict", "n", "n_baseline", "unmeasured", "unmeasured_baseline", "mean",
    "mean_baseline", "pairs", "clusters", "clustered_by", "mde", "needed", "test", "notes",
)  # fmt: skip
PHRASES = (
    "phrase", "measurement", "parameters", "unit", "effect", "low", "high", "p", "p_adjusted", "n", "prompts",
    "prompts_with",
)  # fmt: skip

Cell = str | float | int | None


def comparison_frame(comparison: Comparison) -> pd.DataFrame:
    """One row per variant and criterion. `needed`: how many more of `clustered_by` per variant, where too few
    images are; `clusters`: how many of those there are, pairs once and unpaired arms together."""
    return _frame(COMPARISON, map(_cells, comparison.rows))


def phrases_frame(comparison: Comparison) -> pd.DataFrame:
    """One row per phrase and measurement, the least likely by chance first."""
    return _frame(PHRASES, map(_phrase_cells, comparison.phrases))


def _cells(row: Row) -> tuple[Cell, ...]:
    found = row.contrast
    return (
        row.baseline, row.variant, row.criterion, row.measurement, row.parameters, row.unit, found.difference,
        found.low, found.high, row.p, row.p_adjusted, row.superiority, row.verdict, row.n, row.n_baseline,
        row.count - row.n, row.count_baseline - row.n_baseline, row.mean, row.mean_baseline, row.pairs,
        row.units, row.per, found.mde, found.needed if row.verdict == "too few images" else None, row.test,
        "; ".join(row.notes),
    )  # fmt: skip


def _phrase_cells(each: PhraseEffect) -> tuple[Cell, ...]:
    return (
        each.phrase, each.measurement, each.parameters, each.unit, each.effect, each.low, each.high, each.p,
        each.p_adjusted, each.n, each.prompts, each.prompts_with,
    )  # fmt: skip


def _frame(columns: Sequence[str], rows: Iterable[tuple[Cell, ...]]) -> pd.DataFrame:
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame({name: _column(name, each) for name, each in zip(columns, cells, strict=True)})


def _column(name: str, cells: Sequence[Cell]) -> pd.Series:
    if name in _TEXTS:
        return pd.Series([well_formed(c) if isinstance(c, str) else None for c in cells], dtype="str")
    return pd.Series(cells, dtype="Int64" if name in _COUNTS else "float64")
