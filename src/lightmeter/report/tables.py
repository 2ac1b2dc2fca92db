"""A run as tables: what `measurements.csv`, `verdicts.csv`, `variants.csv` and `images.csv` hold.

Every frame keeps the order of the run. A value that was not measured is NA, never 0. `error` is the value's
standard error in its unit, NA where the measurement cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import pandas as pd

from lightmeter.judge.fulfilment import Fulfilment
from lightmeter.judge.run import Run
from lightmeter.measure.records import ImageRecord
from lightmeter.report.asked import wanted
from lightmeter.report.hostile import well_formed

MEASUREMENTS = (
    "image", "variant", "prompt", "seed", "measurement", "value", "error", "unit", "reason", "parameters",
)  # fmt: skip
VERDICTS = (
    "image", "variant", "criterion", "measurement", "value", "unit", "decision", "desirability", "reason",
    "why",
)  # fmt: skip
VARIANTS = (
    "variant", "criterion", "measurement", "unit", "count", "measured", "mean", "low", "high", "pass_share",
)  # fmt: skip
IMAGES = (
    "image", "variant", "status", "reason", "decision", "score_low", "score_high", "worst", "unmeasured",
    "width", "height", "digest", "notes",
)  # fmt: skip

SPECIFICATION = (
    "image", "words", "measurement", "parameters", "wanted_low", "wanted_high", "unit", "value", "met",
    "reason", "negated",
)  # fmt: skip

_NUMBERS = {
    "wanted_low",
    "wanted_high",
    "value",
    "error",
    "desirability",
    "mean",
    "low",
    "high",
    "pass_share",
    "score_low",
    "score_high",
}
_COUNTS = {"count", "measured", "width", "height"}

Cell = str | float | int | None


def measurements_frame(run: Run) -> pd.DataFrame:
    """One row per image and wanted measurement, and one per file that never was an image."""
    return _frame(MEASUREMENTS, _measurement_rows(run))


def verdicts_frame(run: Run) -> pd.DataFrame:
    """One row per image and criterion."""
    variant = {record.image: record.variant for record in run.images}
    rows = (
        (
            v.image, variant.get(v.image, ""), v.criterion, v.reading.wanted.measurement, v.reading.value,
            v.reading.unit, v.decision, v.desirability, v.reading.reason, run.criterion(v.criterion).why,
        )
        for v in run.verdicts
    )  # fmt: skip
    return _frame(VERDICTS, rows)


def variants_frame(run: Run) -> pd.DataFrame:
    """One row per variant and criterion; `low` and `high` are the 95 % interval of the mean."""
    rows = (
        (
            s.variant, s.criterion, s.measurement, s.unit, s.count, s.measured, s.mean, s.low, s.high,
            s.pass_share,
        )
        for s in run.variants
    )  # fmt: skip
    return _frame(VARIANTS, rows)


def images_frame(run: Run) -> pd.DataFrame:
    """One row per file of the run, with its score; `unmeasured` and `notes` are lists joined by "; "."""
    scores = {score.image: score for score in run.scores}

    def row(record: ImageRecord) -> tuple[Cell, ...]:
        score = scores.get(record.image)
        judged: tuple[Cell, ...] = ("", None, None, "", "")
        if score is not None:
            judged = (score.decision, score.low, score.high, score.worst, "; ".join(score.unmeasured))
        size = (record.width or None, record.height or None)
        start = (record.image, record.variant, record.status, record.reason)
        return (*start, *judged, *size, record.digest, "; ".join(record.notes))

    return _frame(IMAGES, map(row, run.images))


def specification_frame(run: Run) -> pd.DataFrame:
    """One row per image and thing that its prompt asks; `met` is yes, no or unmeasured.

    `negated` is yes where the words say what is not wanted.
    """
    return _frame(SPECIFICATION, map(_specification_row, run.specification))


def _specification_row(each: Fulfilment) -> tuple[Cell, ...]:
    ask = each.ask
    name = ask.wanted.measurement if ask.wanted is not None else ""
    parameters = ask.wanted.parameters if ask.wanted is not None and ask.wanted.parameters != "{}" else ""
    wanted = (name, parameters, ask.low, ask.high, ask.unit)
    return (each.image, ask.words, *wanted, each.value, each.met, each.reason, "yes" if ask.negated else "")


def _measurement_rows(run: Run) -> Iterator[tuple[Cell, ...]]:
    found, asked = run.answers, wanted(run)
    for record in run.images:
        start = (record.image, record.variant, record.prompt, record.seed)
        if record.status == "skipped" or not asked:
            yield (*start, "", None, None, "", record.reason, "")
            continue
        for item, unit in asked.items():
            reading = found.get((record.image, item))
            value, error = (reading.value, reading.error) if reading is not None else (None, None)
            reason = reading.reason if reading is not None else record.reason or "not measured in this run"
            parameters = "" if item.parameters == "{}" else item.parameters
            yield (*start, item.measurement, value, error, unit, reason, parameters)


def _frame(columns: Sequence[str], rows: Iterable[tuple[Cell, ...]]) -> pd.DataFrame:
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame({name: _column(name, c) for name, c in zip(columns, cells, strict=True)})


def _column(name: str, cells: Sequence[Cell]) -> pd.Series:
    if name in _NUMBERS:
        return pd.Series(cells, dtype="float64")
    if name in _COUNTS:
        return pd.Series(cells, dtype="Int64")
    if name == "seed":
        return _seeds(cells)
    whole = cache(well_formed)
    return pd.Series([whole(c) if isinstance(c, str) else None for c in cells], dtype="str")


def _seeds(cells: Sequence[Cell]) -> pd.Series:
    """Seeds as a nullable integer; some tools use all 64 bits, and then the column is unsigned."""
    seeds = [c for c in cells if isinstance(c, int)]
    if any(s < -(2**63) or s >= 2**64 or (s >= 2**63 and min(seeds) < 0) for s in seeds):
        return pd.Series([None if c is None else str(c) for c in cells], dtype="str")
    return pd.Series(cells, dtype="UInt64" if max(seeds, default=0) >= 2**63 else "Int64")
