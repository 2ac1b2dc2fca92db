"""Compare: from recorded runs to verdicts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from lightmeter.compare.arms import Arms, arms
from lightmeter.compare.circle import PERIODS, mean_angle, unrolled
from lightmeter.compare.comparison import Comparison, Row
from lightmeter.compare.contrast import LEVEL, contrast, significance
from lightmeter.compare.correction import Correction, adjusted
from lightmeter.compare.pairing import Shot, sample
from lightmeter.compare.phrases import Asked, PhraseEffect, design, effects
from lightmeter.compare.power import EFFECT
from lightmeter.compare.questions import Question, questions
from lightmeter.compare.recorded import Recorded

if TYPE_CHECKING:
    from lightmeter.judge.model import Rubric


def compared(
    runs: Sequence[Recorded],
    baseline: str,
    rubric: Rubric | None = None,
    *,
    correction: Correction = "holm",
    effect: float = EFFECT,
) -> Comparison:
    """Every variant against the baseline. p-values are corrected over all rows, so that the chance of one
    false answer in the whole table is 5 %. effect: the difference worth finding, see `power.EFFECT`.

    Raises SourceError for a baseline that no image is of, and where nothing is left to compare.
    """
    found = arms(runs)
    others = found.others(baseline)
    asked = questions(found, rubric)
    count = len(others) * sum(each.wanted in found.values for each in asked)
    rows = [_row(found, variant, baseline, each, count, effect) for variant in others for each in asked]
    corrected = adjusted([row.p for row in rows], correction)
    phrases, notes, prompts = _phrases(found, asked, correction)
    return Comparison(
        baseline=baseline,
        counts={name: len(images) for name, images in sorted(found.images.items())},
        rows=tuple(row.decided(p) for row, p in zip(rows, corrected, strict=True)),
        correction=correction,
        rubric="" if rubric is None else rubric.name,
        effect=effect,
        sources=tuple(run.name for run in runs),
        phrases=phrases,
        phrase_notes=notes,
        prompts=prompts,
    )


def _row(found: Arms, variant: str, baseline: str, asked: Question, count: int, effect: float) -> Row:
    period = PERIODS.get(asked.wanted.measurement)
    first, second = (found.shots(name, asked.wanted) for name in (variant, baseline))
    given = sample(first, second, period)
    shown = contrast(given, count, effect)
    answer = significance(
        given if asked.judged is None else sample(_good(asked, first), _good(asked, second))
    )
    sizes = (len(found.images[variant]), len(found.images[baseline]))
    return Row(
        baseline=baseline,
        variant=variant,
        criterion=asked.criterion,
        measurement=asked.wanted.measurement,
        parameters="" if asked.wanted.parameters == "{}" else asked.wanted.parameters,
        unit=asked.unit,
        contrast=shown,
        p=answer.p,
        test=answer.test,
        superiority=answer.superiority,
        n=len(first),
        n_baseline=len(second),
        count=sizes[0],
        count_baseline=sizes[1],
        mean=_mean(first, period),
        mean_baseline=_mean(second, period),
        pairs=given.pairs,
        prompts=given.prompts,
        units=len(given.variant) + (0 if given.baseline is None else len(given.baseline)),
        per=given.unit,
        judged=asked.judged is not None,
        rise=answer.difference,
        notes=_notes(asked, (len(first), len(second)), sizes),
    )


def _good(asked: Question, shots: Sequence[Shot]) -> list[Shot]:
    return [Shot(asked.goodness(shot.value), shot.prompt, shot.seed) for shot in shots]


def _mean(shots: Sequence[Shot], period: float | None) -> float | None:
    if not shots:
        return None
    values = np.array([shot.value for shot in shots])
    return float(values.mean()) if period is None else mean_angle(values, period)


def _notes(asked: Question, measured: tuple[int, int], sizes: tuple[int, int]) -> tuple[str, ...]:
    notes = [asked.note] if asked.note else []
    if not any(measured):
        notes.append("no image of either variant has a value: more images alone will not help")
    if chance_of_shares(measured, sizes) <= LEVEL:
        less = "less" if measured[0] / sizes[0] < measured[1] / sizes[1] else "more"
        shares = f"{measured[0]} of {sizes[0]} images, baseline {measured[1]} of {sizes[1]}"
        notes.append(f"measured {less} often ({shares}): the difference is of measured images only")
    return tuple(notes)


def chance_of_shares(measured: tuple[int, int], sizes: tuple[int, int]) -> float:
    """Fisher's exact two-sided p that both variants are measured equally often."""
    total, drawn = sum(sizes), sum(measured)
    k = np.arange(max(0, drawn - sizes[1]), min(drawn, sizes[0]) + 1)
    weight = _log_choose(sizes[0], k) + _log_choose(sizes[1], drawn - k)
    p = np.exp(weight - _log_choose(total, np.array(drawn)))
    return min(1.0, float(p[p <= p[k == measured[0]] * (1 + 1e-7)].sum()))


def _log_choose(n: int, k: np.ndarray) -> np.ndarray:
    result: np.ndarray = math.lgamma(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return result


def _phrases(
    found: Arms, asked: Sequence[Question], correction: Correction
) -> tuple[tuple[PhraseEffect, ...], tuple[str, ...], int]:
    """Effects over the images of all variants, notes, and how many prompts differ; none where one does."""
    records = {key: each for images in found.images.values() for key, each in images.items()}
    prompts = [each.prompt for each in records.values() if each.prompt is not None]
    distinct = len(set(prompts))
    if distinct < 2:
        return (), (), distinct
    plan = design(prompts)
    data = []
    for wanted, unit in {each.wanted: each.unit for each in asked}.items():
        known = [
            (v, p) for k, v in found.values.get(wanted, {}).items() if (p := records[k].prompt) is not None
        ]
        values = np.array([value for value, _ in known], dtype=float)
        period = PERIODS.get(wanted.measurement)
        values = values if period is None else unrolled(values, period)
        parameters = "" if wanted.parameters == "{}" else wanted.parameters
        if known:
            data.append(Asked(wanted.measurement, parameters, unit, values, [p for _, p in known]))
    return effects(plan, data, correction), plan.notes, distinct
