"""Everything that a run leaves in its folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lightmeter.judge.outcome import Outcome, outcome
from lightmeter.judge.run import Run
from lightmeter.report.files import folder, place_all
from lightmeter.report.junit import junit
from lightmeter.report.page import page
from lightmeter.report.runfile import run_json
from lightmeter.report.summary import summary


def write(run: Run, out: Path, strict: bool = False) -> list[Path]:
    """Write a run into the folder `out` and return the files; `run.json` stands only beside those of its run.

    Without a rubric there are only the measurements and `run.json`. Raises LightmeterError where `out`
    is a file or cannot be written to.
    """
    decided, target = outcome(run, strict), folder(out)
    return place_all(target, _contents(run, decided, strict))


def _contents(run: Run, decided: Outcome, strict: bool) -> Iterator[tuple[str, bytes]]:
    # Here, so that what needs no table, such as a gate, does not wait for pandas to load.
    from lightmeter.report.delimited import csv_bytes, parquet_bytes
    from lightmeter.report.tables import (
        images_frame,
        measurements_frame,
        specification_frame,
        variants_frame,
        verdicts_frame,
    )

    measurements = measurements_frame(run)
    yield "measurements.csv", csv_bytes(measurements)
    yield "measurements.parquet", parquet_bytes(measurements)
    if run.rubric is not None:
        yield "verdicts.csv", csv_bytes(verdicts_frame(run))
        yield "variants.csv", csv_bytes(variants_frame(run))
        yield "images.csv", csv_bytes(images_frame(run))
        if run.specification:
            yield "specification.csv", csv_bytes(specification_frame(run))
        yield "summary.md", summary(run, decided).encode()
        yield "junit.xml", junit(run, decided)
        yield "report.html", page(run, decided).encode()
    yield "run.json", run_json(run, decided, strict).encode()
