"""Images measured elsewhere, as rows of Parquet partitions: values to the last digit, evidence as bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lightmeter.engine.cache import Value
from lightmeter.engine.evidence import Portrait
from lightmeter.engine.load import Loaded, Refused, Remembered
from lightmeter.errors import LightmeterError
from lightmeter.measure.records import Wanted
from lightmeter.read.source import Source

_READING = pa.struct(
    [
        ("measurement", pa.string()),
        ("parameters", pa.string()),
        ("value", pa.float64()),
        ("reason", pa.string()),
        ("error", pa.float64()),
    ]
)
SCHEMA = pa.schema(
    [
        ("index", pa.int64()),
        ("image", pa.string()),
        ("told", pa.string()),
        ("reason", pa.string()),
        ("digest", pa.string()),
        ("remembered", pa.bool_()),
        ("readings", pa.list_(_READING)),
        ("portrait", pa.binary()),
        ("notes", pa.list_(pa.string())),
        ("trouble", pa.string()),
    ]
)
"""index: of the source in the run. told: variant, prompt and seed as JSON, which any text goes through.
reason: why there are no pixels or values. portrait: size, notes and evidence, null without values. notes: of
the worker. trouble: what ends the run, in a row that is about no image (index -1)."""

Row = dict[str, Any]


def row(index: int, loaded: Refused | Remembered, remembered: bool = False, notes: Sequence[str] = ()) -> Row:
    """One image that is done."""
    source = loaded.source
    told = {"variant": source.variant, "prompt": source.prompt, "seed": source.seed}
    found: Row = {"reason": "", "digest": "", "readings": [], "portrait": None}
    if isinstance(loaded, Refused):
        found |= {"reason": loaded.reason}
    else:
        portrait = loaded.portrait.to_json().encode()
        found |= {"digest": loaded.digest, "readings": _readings(loaded.values), "portrait": portrait}
    known = {"index": index, "image": source.image, "told": json.dumps(told), "remembered": remembered}
    return {**known, **found, "notes": list(notes), "trouble": ""}


def trouble(what: str) -> Row:
    """A row that ends the run."""
    return {"index": -1, "remembered": False, "readings": [], "notes": [], "trouble": what}


def _readings(values: dict[Wanted, Value]) -> list[Row]:
    return [
        {"measurement": wanted.measurement, "parameters": wanted.parameters, **value._asdict()}
        for wanted, value in values.items()
    ]


def done(each: Row, sources: Sequence[Source]) -> tuple[int, Loaded]:
    """Undo `row`."""
    index: int = each["index"]
    source = replace(sources[index], **json.loads(each["told"]), stored=None)
    if each["portrait"] is None:
        return index, Refused(each["reason"], source)
    values = {
        Wanted(reading["measurement"], reading["parameters"]): Value(
            reading["value"], reading["reason"], reading["error"]
        )
        for reading in each["readings"]
    }
    portrait = Portrait.from_json(each["portrait"].decode())
    return index, Remembered(each["digest"], portrait, values, source)


def emptied(folder: Path) -> Path:
    """The folder of a run's partitions, made, and without those of an earlier run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("part-*.parquet"):
            old.unlink()
    except OSError as error:
        raise LightmeterError(f"{folder} cannot hold partitions: {error.strerror}") from error
    return folder


def written(tables: Sequence[pa.Table], folder: Path) -> None:
    """One more partition: whole or not there."""
    if not tables:
        return
    place = folder / f"part-{len(list(folder.glob('part-*.parquet'))):05}.parquet"
    draft = place.with_suffix(".draft")
    try:
        pq.write_table(pa.concat_tables(tables), draft, compression="zstd")
        draft.replace(place)
    except OSError as error:
        raise LightmeterError(f"{place} cannot be written: {error.strerror or error}") from error


def rows_of(folder: Path) -> Iterator[Row]:
    """Every row of every partition, a few in memory at once."""
    for place in sorted(folder.glob("part-*.parquet")):
        with pq.ParquetFile(place) as file:
            for batch in file.iter_batches(64):
                yield from batch.to_pylist()


def table_of(rows: Iterable[Row]) -> pa.Table:
    """Rows as a table of `SCHEMA`."""
    return pa.Table.from_pylist(list(rows), SCHEMA)
