"""Frames as bytes: CSV that people open in a spreadsheet, and Parquet that programs read."""

from __future__ import annotations

import csv
import io
import math
from functools import cache

import numpy as np
import pandas as pd

from lightmeter.report.hostile import csv_cell


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """UTF-8, `\\n`, an empty cell for what was not measured, and no text that runs as a formula.

    A text cell that begins with = + - @, a tab or a carriage return gets a single quote in front: in the
    CSV only, the Parquet file keeps it verbatim.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(zip(*(_cells(frame[name]) for name in frame.columns), strict=True))
    return text.getvalue().encode()


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """The same table, typed and verbatim."""
    content = io.BytesIO()
    frame.to_parquet(content, engine="pyarrow", index=False)
    return content.getvalue()


def number(value: float) -> str:
    """The shortest decimal that gives a float32 back, nine digits for other values; empty if not finite."""
    if not math.isfinite(value):
        return ""
    if value == 0:
        return "0"
    single = np.float32(value) if abs(value) < 3e38 else np.float32(0)
    figure = single if float(single) == value else np.float64(f"{value:.9g}")
    if 1e-4 <= abs(value) < 1e15:
        return np.format_float_positional(figure, unique=True, trim="-")
    return np.format_float_scientific(figure, unique=True, trim="-")


def _cells(column: pd.Series) -> list[str]:
    if pd.api.types.is_float_dtype(column.dtype):
        return [number(float(v)) for v in column]
    if pd.api.types.is_integer_dtype(column.dtype):
        return ["" if v is pd.NA else str(v) for v in column]
    safe = cache(csv_cell)  # names, units and reasons come again in most rows
    return [safe(v) if isinstance(v, str) else "" for v in column.tolist()]
