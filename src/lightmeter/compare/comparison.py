"""Variants against a baseline, criterion by criterion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lightmeter.compare.contrast import LEVEL, Contrast
from lightmeter.compare.correction import Correction
from lightmeter.compare.pairing import Unit
from lightmeter.compare.phrases import PhraseEffect

Answer = Literal["better", "worse", "higher", "lower", "no difference shown", "too few images"]


@dataclass(frozen=True)
class Row:
    """One variant against the baseline under one criterion, or one measurement where no rubric asks.

    contrast: of the values, in `unit`. p, superiority: of what the verdict is about: the desirability of
    the values under a rubric, else the values. n, n_baseline: images with a value, of count and
    count_baseline. pairs: 0 where unpaired; prompts: how many known; units: what was exchanged, in number
    `per` (a prompt whose images resemble each other counts once). notes: what a reader must know.
    """

    baseline: str
    variant: str
    criterion: str
    measurement: str
    parameters: str
    unit: str
    contrast: Contrast
    p: float | None
    test: str
    superiority: float | None
    n: int
    n_baseline: int
    count: int
    count_baseline: int
    mean: float | None
    mean_baseline: float | None
    pairs: int
    prompts: int
    units: int
    per: Unit
    judged: bool
    rise: float | None
    p_adjusted: float | None = None
    verdict: Answer = "too few images"
    notes: tuple[str, ...] = ()

    def decided(self, p_adjusted: float | None) -> Row:
        """With its verdict. rise: the difference that the verdict is about; its sign is the direction."""
        verdict: Answer = "too few images" if self.contrast.few else "no difference shown"
        if p_adjusted is not None and p_adjusted <= LEVEL and self.rise:
            up: tuple[Answer, Answer] = ("better", "worse") if self.judged else ("higher", "lower")
            verdict = up[0] if self.rise > 0 else up[1]
        return replace(self, p_adjusted=p_adjusted, verdict=verdict)


@dataclass(frozen=True)
class Comparison:
    """All variants against `baseline`. counts: images per variant; sources: the runs that were read.

    rubric: its name, "" without one. phrases: what moved with a phrase of the prompts; phrase_notes: why
    some, or all, could not be told.
    """

    baseline: str
    counts: Mapping[str, int]
    rows: tuple[Row, ...]
    correction: Correction
    rubric: str = ""
    effect: float = 0.0
    sources: tuple[str, ...] = ()
    phrases: tuple[PhraseEffect, ...] = ()
    phrase_notes: tuple[str, ...] = ()
    prompts: int = 0

    @property
    def variants(self) -> Sequence[str]:
        """The variants that were compared with the baseline, in the order of the rows."""
        return list(dict.fromkeys(row.variant for row in self.rows))
