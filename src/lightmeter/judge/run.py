"""A judged run: what `lightmeter score` returns and every report reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pydantic import JsonValue

from lightmeter.judge.fulfilment import Fulfilment
from lightmeter.judge.model import Criterion, Rubric
from lightmeter.measure.records import Evidence, ImageRecord, Reading, Wanted

Decision = Literal["pass", "warn", "fail", "unmeasured"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One criterion asked of one image. `desirability` is in 0..1, None where unmeasured."""

    image: str
    criterion: str
    reading: Reading
    decision: Decision
    desirability: float | None


@dataclass(frozen=True)
class ImageScore:
    """All criteria of one image together.

    `low` and `high` enclose the score: an unmeasured criterion counts as its worst in `low` and as
    perfect in `high`, so they are equal only where everything was measured. Optional criteria that are
    unmeasured count in neither; where nothing at all is measured, `low` is 0.01 and `high` 1.

    `worst` is the criterion that costs the score most, "" where nothing costs any; `unmeasured` names
    the criteria without a value, optional ones too, in the order of the rubric.
    """

    image: str
    decision: Decision
    low: float
    high: float
    worst: str
    unmeasured: tuple[str, ...]


@dataclass(frozen=True)
class VariantSummary:
    """One prompt variant under one criterion.

    `count` images, refused ones too; `mean` of the `measured` ones, `low` and `high` its 95 % interval,
    None below 2. `pass_share` is over all `count` images: an unmeasured one counts as not passing. Only
    an optional criterion that no image of the variant measures has None.
    """

    variant: str
    criterion: str
    measurement: str
    unit: str
    count: int
    measured: int
    mean: float | None
    low: float | None
    high: float | None
    pass_share: float | None


@dataclass(frozen=True)
class VariantTotal:
    """One prompt variant under the whole rubric.

    `pass_share` is the share of all `images` whose decision is pass. `worst` is the criterion with the
    lowest share of images passing it, `worst_share`; "" and None where every image passes every one.
    `mean_low` and `mean_high` are the means of the images' lower and upper scores.
    """

    variant: str
    images: int
    passed: int
    failed: int
    unmeasured: int
    pass_share: float
    worst: str
    worst_share: float | None
    mean_low: float
    mean_high: float


@dataclass(frozen=True)
class Run:
    """A whole run. Without a rubric (`lightmeter measure`) verdicts, scores and summaries are empty.

    specification: each image against its own prompt, where that was asked for; it decides nothing.
    pictures: what a report draws, by image; read when it is drawn.
    """

    images: tuple[ImageRecord, ...]
    readings: tuple[Reading, ...]
    rubric: Rubric | None
    verdicts: tuple[Verdict, ...]
    scores: tuple[ImageScore, ...]
    variants: tuple[VariantSummary, ...]
    settings: Mapping[str, JsonValue]
    totals: tuple[VariantTotal, ...] = ()
    specification: tuple[Fulfilment, ...] = ()
    pictures: Mapping[str, Evidence] = field(default_factory=dict)

    @cached_property
    def answers(self) -> Mapping[tuple[str, Wanted], Reading]:
        """All that was asked for: the readings, and those that only a verdict holds, in the run's order."""
        made = {(r.image, r.wanted): r for r in self.readings}
        judged = {(v.image, v.reading.wanted): v.reading for v in self.verdicts}
        return made | {key: reading for key, reading in judged.items() if key not in made}

    def criterion(self, name: str) -> Criterion:
        """The rubric's criterion of that name."""
        if self.rubric is None:
            raise KeyError(name)
        return self.rubric.criteria[name]
