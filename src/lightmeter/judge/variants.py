"""Prompt variants side by side: each under each criterion, and each under the whole rubric."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from statistics import fmean, variance

from scipy.special import stdtrit

from lightmeter.judge.model import Rubric
from lightmeter.judge.run import ImageScore, VariantSummary, VariantTotal, Verdict

CONFIDENCE = 0.95


def summaries(
    verdicts: Iterable[Verdict], variant_of: Mapping[str, str], rubric: Rubric
) -> tuple[VariantSummary, ...]:
    """One row per variant, sorted by name, and criterion, in the rubric's order.

    `variant_of` names the variant of every image. An image without a value counts as not passing.
    """
    cells: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        cells.setdefault((variant_of[verdict.image], verdict.criterion), []).append(verdict)
    return tuple(
        _summary(variant, cells[variant, name], optional=criterion.optional)
        for variant in sorted(set(variant_of.values()))
        for name, criterion in rubric.criteria.items()
    )


def _summary(variant: str, verdicts: list[Verdict], optional: bool) -> VariantSummary:
    values = sorted(v.reading.value for v in verdicts if v.reading.value is not None)
    low, high = mean_interval(values)
    passed = sum(v.decision == "pass" for v in verdicts)
    first = verdicts[0]
    return VariantSummary(
        variant=variant,
        criterion=first.criterion,
        measurement=first.reading.wanted.measurement,
        unit=first.reading.unit,
        count=len(verdicts),
        measured=len(values),
        mean=fmean(values) if values else None,
        low=low,
        high=high,
        pass_share=None if optional and not values else passed / len(verdicts),
    )


def mean_interval(values: list[float]) -> tuple[float | None, float | None]:
    """Student's 95 % interval of the mean, (None, None) below 2 values.

    >>> mean_interval([1.0])
    (None, None)
    """
    if len(values) < 2:
        return None, None
    quantile = float(stdtrit(len(values) - 1, 0.5 + CONFIDENCE / 2))
    reach = quantile * math.sqrt(variance(values) / len(values))
    mean = fmean(values)
    return mean - reach, mean + reach


def totals(
    scores: Iterable[ImageScore], summary: Iterable[VariantSummary], variant_of: Mapping[str, str]
) -> tuple[VariantTotal, ...]:
    """One row per variant, sorted by name."""
    images: dict[str, list[ImageScore]] = {}
    for score in scores:
        images.setdefault(variant_of[score.image], []).append(score)
    shares: dict[str, list[tuple[float, str]]] = {variant: [] for variant in images}
    for row in summary:
        if row.pass_share is not None and row.pass_share < 1:
            shares[row.variant].append((row.pass_share, row.criterion))
    return tuple(_total(variant, images[variant], shares[variant]) for variant in sorted(images))


def _total(variant: str, scores: list[ImageScore], shares: list[tuple[float, str]]) -> VariantTotal:
    decisions = [score.decision for score in scores]
    worst_share, worst = min(shares) if shares else (None, "")
    return VariantTotal(
        variant=variant,
        images=len(scores),
        passed=decisions.count("pass"),
        failed=decisions.count("fail"),
        unmeasured=decisions.count("unmeasured"),
        pass_share=decisions.count("pass") / len(scores),
        worst=worst,
        worst_share=worst_share,
        mean_low=fmean(score.low for score in scores),
        mean_high=fmean(score.high for score in scores),
    )
