"""Reading values of pictures through lightmeter's public API, and picking up what is known of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch

from lightmeter.api import measured_run
from lightmeter.engine.plan import Settings
from lightmeter.judge.run import Run
from lightmeter.measure.registry import measurements

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
PARTS = ("ai", "extra", "real")
"""The folders of portraits; `coverage.md` runs over them."""

_SIBLINGS = (
    ("case_case113__output", "case_case113__output1"),
    ("songguoxs/872.", "songguoxs/872-2."),
    ("songguoxs/620.", "songguoxs/699."),
    ("songguoxs/297.", "songguoxs/300-2.", "picotrex/case63__"),
    ("stock-emotions-a-1", "stock-emotions-b-1"),
    ("5starkarma/data/images", "5starkarma/data/output"),
)
"""Pictures of one person or prompt: never split. The first five by the data's own notes, or evident."""

_NOT_PHOTOGRAPHS = ("portrait_case87", "songguoxs/352.", "songguoxs/782.", "case_case109")


@dataclass(frozen=True)
class Readings:
    """value, reason, error: one row per path, one column per measurement; a value is NaN where a reason is,
    a standard error where it is not told."""

    value: pd.DataFrame
    reason: pd.DataFrame
    error: pd.DataFrame


@dataclass(frozen=True)
class Meter:
    """Measures files. scratch: a folder for altered pictures; cache: one file for all tables of a run.
    families: of measurements that are read, all if none are named."""

    data: Path
    scratch: Path
    cache: Path
    families: tuple[str, ...] = ()

    def run(
        self, paths: Sequence[Path], parameters: Mapping[str, str] | None = None, evidence: bool = False
    ) -> Run:
        """The measurements of files or folders, as `lightmeter measure` reads them."""
        settings = Settings(device="cpu", evidence=evidence, cache=self.cache)
        only = [name for name, each in measurements().items() if each.family in self.families]
        return measured_run(list(paths), only=only, parameters=parameters, settings=settings)

    def read(self, paths: Sequence[Path], parameters: Mapping[str, str] | None = None) -> Readings:
        """As `run`, as tables; the rows are in the order of `paths`."""
        run = self.run(paths, parameters)
        path = {record.image: record.path for record in run.images}
        long = pd.DataFrame(
            [(path[r.image], r.wanted.measurement, r.value, r.reason, r.error) for r in run.readings],
            columns=["path", "measurement", "value", "reason", "error"],
        )
        value, reason, error = (
            long.pivot(index="path", columns="measurement", values=v).reindex([str(each) for each in paths])
            for v in long.columns[2:]
        )
        return Readings(value.astype(float), reason, error.astype(float))

    def of_data(self, names: Sequence[str]) -> Readings:
        """Values of pictures in the data folder, by their names in it."""
        found = self.read([self.data / name for name in names])
        for table in (found.value, found.reason, found.error):
            table.index = pd.Index(list(names))
        return found

    def folder(self, name: str) -> Path:
        """A fresh name in the scratch folder."""
        made = self.scratch / name
        made.mkdir(parents=True, exist_ok=True)
        return made


@contextmanager
def metering(data: Path, cache: Path | None = None) -> Iterator[Meter]:
    """A meter whose scratch folder goes away afterwards, and with it the cache unless that is named."""
    torch.set_num_threads(1)
    with TemporaryDirectory(prefix="lightmeter-validate-") as folder:
        yield Meter(data, Path(folder), cache or Path(folder, "values.sqlite"))


def labelled(data: Path) -> pd.DataFrame:
    """Both label files as one table by path: skin, flat, key_side, background, kind, group, half.

    kind: "ai", "photo" or "retouched". What the rater was not sure of (borderline, ambiguous, low
    confidence) and what is no plain photograph is None. half: "fit" or "report", by sha1 of the group.
    """
    first, second = (pd.read_csv(data / name) for name in ("labels.csv", "extra/labels.csv"))
    first["confidence"] = first.notes.str.extract(r"conf=(\w+)")[0]
    table = pd.concat([first, second], ignore_index=True).set_index("path")
    truths = ["skin", "flat", "key_side", "background"]
    table = table[[*truths, "confidence", "generator"]].copy()
    drawn = np.array([any(name in path for name in _NOT_PHOTOGRAPHS) for path in table.index])
    unsure = (table.confidence == "low") | drawn
    table.loc[unsure, truths] = None
    table[truths] = table[truths].replace(["borderline", "ambiguous"], None)
    table["kind"] = [_kind(path) for path in table.index]
    table["group"] = [_group(path) for path in table.index]
    table["half"] = [half(group) for group in table.group]
    return table


def half(group: str) -> str:
    """Which half a group of pictures is in: a function of its name alone, so that both stay as they are."""
    return "fit" if hashlib.sha1(group.encode()).digest()[0] % 2 == 0 else "report"


def pictures_below(folder: Path) -> list[Path]:
    """All pictures in a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)


def face_pixels(value: pd.DataFrame) -> np.ndarray:
    """About the face's width in native pixels: the square root of its oval's area."""
    return np.sqrt(value.face_share * value.megapixels * 1e6).to_numpy()


def _kind(path: str) -> str:
    if path.endswith("data/output/output_0.jpg"):
        return "retouched"
    return "photo" if path.startswith(("real/", "pairs/")) else "ai"


def _group(path: str) -> str:
    return next((names[0] for names in _SIBLINGS if any(name in path for name in names)), path)
