"""Recorded runs as arms: which images a variant has, and what each of them measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lightmeter.compare.pairing import Shot
from lightmeter.compare.recorded import Recorded
from lightmeter.errors import SourceError
from lightmeter.judge.nearest import hint
from lightmeter.measure.records import ImageRecord, Wanted

Key = tuple[int, str]
"""An image: the number of its run, and its name there."""


@dataclass(frozen=True)
class Arms:
    """images: variant -> its images; units, values: by what was asked, in the order of the tables."""

    images: Mapping[str, Mapping[Key, ImageRecord]]
    units: Mapping[Wanted, str]
    values: Mapping[Wanted, Mapping[Key, float]]

    def shots(self, variant: str, wanted: Wanted) -> list[Shot]:
        """The values that were measured; an image without one is not among them."""
        values = self.values.get(wanted, {})
        return [
            Shot(values[key], record.prompt, record.seed)
            for key, record in self.images[variant].items()
            if key in values
        ]

    def others(self, baseline: str) -> list[str]:
        """The variants to compare with the baseline; a SourceError where there is none, or no baseline."""
        if baseline not in self.images:
            named = ", ".join(map(repr, sorted(self.images)))
            raise SourceError(f"no variant {baseline!r}{hint(baseline, self.images)}; there are {named}")
        others = [variant for variant in sorted(self.images) if variant != baseline]
        if not others:
            raise SourceError(f"nothing to compare with: {baseline!r} is the only variant")
        return others


def arms(runs: Sequence[Recorded]) -> Arms:
    """Join runs. Variants of one name are one variant, unless then nothing were left to compare: where
    every run has the same single variant, the run's folder tells them apart."""
    names = run_names(runs) if len(runs) > 1 and len({v for run in runs for v in run.variants}) == 1 else None
    images: dict[str, dict[Key, ImageRecord]] = {}
    units: dict[Wanted, str] = {}
    values: dict[Wanted, dict[Key, float]] = {}
    for number, run in enumerate(runs):
        for record in run.images:
            if record.status != "skipped":
                variant = names[number] if names else record.variant
                images.setdefault(variant, {})[number, record.image] = record
        for reading in run.readings:
            known = units.setdefault(reading.wanted, reading.unit)
            if known != reading.unit:
                raise two_units(reading.wanted, known, reading.unit, run)
            if reading.value is not None:
                values.setdefault(reading.wanted, {})[number, reading.image] = reading.value
    return Arms(images, units, values)


def run_names(runs: Iterable[Recorded]) -> list[str]:
    """Folder names where they differ, else whole paths, numbered where these repeat."""
    paths = [Path(run.name) for run in runs]
    folders = [(path.parent if path.suffix.lower() == ".csv" else path).resolve().name for path in paths]
    if len(set(folders)) == len(folders):
        return folders
    whole = [str(path) for path in paths]
    return whole if len(set(whole)) == len(whole) else [f"{name} ({i + 1})" for i, name in enumerate(whole)]


def two_units(wanted: Wanted, known: str, other: str, run: Recorded) -> SourceError:
    """The refusal of one measurement in two units."""
    return SourceError(
        f"{run.name}: {wanted.measurement!r} is in {other!r} here and in {known!r} in another row or run; "
        "measure both with one version"
    )
