"""What may be exchanged for what: pairs of one prompt and seed, prompts, or single images.

Images of one prompt resemble each other, so they are no independent evidence; a prompt counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lightmeter.compare.circle import Floats, mean_angle, unrolled, wrapped

Unit = Literal["pairs", "prompts", "images"]
Key = tuple[str, int]


@dataclass(frozen=True)
class Shot:
    """One measured value of an image. key: prompt and seed, None unless both are known."""

    value: float
    prompt: str | None
    seed: int | None

    @property
    def key(self) -> Key | None:
        return None if self.prompt is None or self.seed is None else (self.prompt, self.seed)


@dataclass(frozen=True)
class Clusters:
    """Sums and counts per cluster, shape (G,): all that a mean, its error and its resamples need."""

    sums: Floats
    counts: Floats

    @property
    def mean(self) -> float:
        return float(self.sums.sum() / self.counts.sum())

    def __len__(self) -> int:
        return len(self.sums)


@dataclass(frozen=True)
class Sample:
    """Two arms made comparable.

    Paired: `variant` holds differences by cluster and `baseline` is None. values, reference: the single
    values of both arms, in the same order where paired. pairs: how many; prompts: how many of them.
    """

    variant: Clusters
    baseline: Clusters | None
    values: Floats
    reference: Floats
    pairs: int
    prompts: int
    unit: Unit

    @property
    def smallest(self) -> int:
        """Clusters in the smaller arm; of pairs, in all."""
        return len(self.variant) if self.baseline is None else min(len(self.variant), len(self.baseline))


def sample(variant: Sequence[Shot], baseline: Sequence[Shot], period: float | None = None) -> Sample:
    """Pairs of (prompt, seed) where at least half of the smaller arm has one; else pairs of prompts that
    both arms have, likewise; else two independent arms, each clustered by prompt."""
    smaller = min(len(variant), len(baseline))
    first, second = _by_key(variant), _by_key(baseline)
    shared = [key for key in first if key in second]
    if shared and 2 * sum(len(min(first[k], second[k], key=len)) for k in shared) >= smaller:
        clusters = [key[0] for key in shared]
        return _paired([(first[k], second[k]) for k in shared], clusters, period, "pairs")
    return _by_prompt(variant, baseline, period) or _unpaired(variant, baseline, period)


def _by_prompt(variant: Sequence[Shot], baseline: Sequence[Shot], period: float | None) -> Sample | None:
    """Prompts that both arms have, two at least: with one, images are all that can vary."""
    first, second = _prompts(variant), _prompts(baseline)
    shared = [prompt for prompt in first if prompt in second]
    held = min(sum(len(arm[p]) for p in shared) for arm in (first, second))
    if len(shared) < 2 or 2 * held < min(len(variant), len(baseline)):
        return None
    return _paired([(first[p], second[p]) for p in shared], shared, period, "prompts")


def _paired(
    groups: Sequence[tuple[list[float], list[float]]],
    prompts: Sequence[str],
    period: float | None,
    unit: Unit,
) -> Sample:
    """One difference of means per group; those of one prompt are one cluster, unless there is one prompt."""
    values, reference = (np.array([_mean(each[side], period) for each in groups]) for side in (0, 1))
    gaps = values - reference
    if period is not None:
        gaps = unrolled(wrapped(gaps, period), period)
        values = reference + gaps
    distinct = len(set(prompts))
    one = distinct in (1, len(prompts))
    clusters = Clusters(gaps, np.ones(len(gaps))) if one else _clusters(gaps, prompts)
    return Sample(clusters, None, values, reference, len(gaps), distinct, unit if one else "prompts")


def _unpaired(variant: Sequence[Shot], baseline: Sequence[Shot], period: float | None) -> Sample:
    """Images are their own clusters where each arm has one prompt, or none is known."""
    values, reference = (np.array([shot.value for shot in arm]) for arm in (variant, baseline))
    if period is not None:
        values, reference = _unrolled_arms(values, reference, period)
    names = [_cluster_names(arm) for arm in (variant, baseline)]
    counts = [len(set(each)) for each in names]
    single = [len({shot.prompt for shot in arm}) <= 1 for arm in (variant, baseline)]
    apart = all(single) or all(n == len(each) for n, each in zip(counts, names, strict=True))
    arms = [
        Clusters(each, np.ones(len(each))) if apart else _clusters(each, name)
        for each, name in zip((values, reference), names, strict=True)
    ]
    prompts = len({shot.prompt for arm in (variant, baseline) for shot in arm if shot.prompt is not None})
    return Sample(arms[0], arms[1], values, reference, 0, prompts, "images" if apart else "prompts")


def _unrolled_arms(values: Floats, reference: Floats, period: float) -> tuple[Floats, Floats]:
    """Each arm on a line around its own mean direction, and the arms the short way from each other."""
    values, reference = unrolled(values, period), unrolled(reference, period)
    if not (len(values) and len(reference)):
        return values, reference
    gap = np.array(values.mean() - reference.mean())
    return values + float(wrapped(gap, period) - gap), reference


def _clusters(values: Floats, names: Sequence[str]) -> Clusters:
    _, where = np.unique(np.asarray(names, dtype=object).astype(str), return_inverse=True)
    size = int(where.max()) + 1 if len(where) else 0
    sums, counts = np.zeros(size), np.zeros(size)
    np.add.at(sums, where, values)
    np.add.at(counts, where, 1.0)
    return Clusters(sums, counts)


def _cluster_names(shots: Sequence[Shot]) -> list[str]:
    """The prompt; an image without one is a cluster of its own."""
    return [f"\0{i}" if shot.prompt is None else shot.prompt for i, shot in enumerate(shots)]


def _by_key(shots: Sequence[Shot]) -> dict[Key, list[float]]:
    found: dict[Key, list[float]] = {}
    for shot in shots:
        if shot.key is not None:
            found.setdefault(shot.key, []).append(shot.value)
    return found


def _prompts(shots: Sequence[Shot]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for shot in shots:
        if shot.prompt is not None:
            found.setdefault(shot.prompt, []).append(shot.value)
    return found


def _mean(values: list[float], period: float | None) -> float:
    each = np.array(values)
    return float(each.mean()) if period is None or len(each) == 1 else mean_angle(each, period)
