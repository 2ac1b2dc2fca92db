"""Which phrase of the prompts moved which measurement.

A linear model of the values on the presence of phrases, ordinary least squares. Images of one prompt are
one cluster: errors are the jackknife's over prompts (CR3; Bell & McCaffrey, Survey Methodology 28, 2002,
169-181), which stays honest with few of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from lightmeter.compare.circle import Floats
from lightmeter.compare.contrast import CONFIDENCE
from lightmeter.compare.correction import Correction, adjusted

FEWEST_PROMPTS = 3
"""Prompts with a phrase, and without it, below which its effect is that of single prompts."""

SPARE = 6
"""Prompts beyond the coefficients: with fewer, a 95 % interval is over 2.4 standard errors either way."""


Present = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class PhraseEffect:
    """A phrase present against absent, all others equal, in the measurement's unit.

    phrase: several joined by " + " where they are always present together. prompts, prompts_with: distinct
    prompts with a value, and those that hold the phrase.
    """

    phrase: str
    measurement: str
    parameters: str
    unit: str
    effect: float
    low: float
    high: float
    p: float
    n: int
    prompts: int
    prompts_with: int
    p_adjusted: float = 1.0


@dataclass(frozen=True)
class Design:
    """Presence of phrases in distinct prompts. columns: phrase -> (P,) bool, those that can be told apart."""

    prompts: tuple[str, ...]
    columns: dict[str, Present]
    notes: tuple[str, ...]


def phrases_of(prompt: str) -> list[str]:
    """Parts between commas and line ends, in small letters, without repeated spaces or repetitions.

    >>> phrases_of("Portrait of a woman,  soft Light,")
    ['portrait of a woman', 'soft light']
    """
    parts = (" ".join(part.split()).lower() for part in re.split(r"[,\n]", prompt))
    return list(dict.fromkeys(part for part in parts if part))


def design(prompts: Sequence[str]) -> Design:
    """What distinct prompts can tell of their phrases; what they cannot is a note."""
    distinct = tuple(dict.fromkeys(prompts))
    held = [set(phrases_of(prompt)) for prompt in distinct]
    patterns: dict[tuple[bool, ...], list[str]] = {}
    for phrase in dict.fromkeys(phrase for prompt in distinct for phrase in phrases_of(prompt)):
        patterns.setdefault(tuple(phrase in each for each in held), []).append(phrase)
    varying = {p: names for p, names in patterns.items() if not all(p)}
    usable = {p: n for p, n in varying.items() if FEWEST_PROMPTS <= sum(p) <= len(p) - FEWEST_PROMPTS}
    columns = {" + ".join(names): np.array(pattern) for pattern, names in usable.items()}
    return _checked(distinct, columns, sum(map(len, varying.values())), sum(map(len, usable.values())))


def _checked(prompts: tuple[str, ...], columns: dict[str, Present], varying: int, usable: int) -> Design:
    notes = []
    if varying > usable:
        notes.append(
            f"{varying - usable} of {varying} phrases that vary are in fewer than {FEWEST_PROMPTS} prompts, "
            "or lack in fewer: nothing can be said of them"
        )
    columns, references = _independent(columns, len(prompts))
    notes += [f"{name!r} stands where others do not: their effects are against it" for name in references]
    wanted = len(columns) + 1 + SPARE
    if columns and len(prompts) < wanted:
        many = f"{len(columns)} phrases vary over {len(prompts)} prompts"
        notes.append(f"{many}: it takes {wanted} prompts to tell them apart")
        columns = {}
    return Design(prompts, columns, tuple(notes))


def _independent(columns: dict[str, Present], n: int) -> tuple[dict[str, Present], list[str]]:
    """Leave out what the others imply, as one of several alternatives: the most frequent, by the order."""
    kept: dict[str, Present] = {}
    implied = []
    for name, column in sorted(columns.items(), key=lambda each: int(each[1].sum())):
        if np.linalg.matrix_rank(_matrix({**kept, name: column}, n)) < len(kept) + 2:
            implied.append(name)
        else:
            kept[name] = column
    return {name: column for name, column in columns.items() if name in kept}, implied


def _matrix(columns: dict[str, Present], n: int) -> Floats:
    return np.column_stack([np.ones(n), *columns.values()]).astype(float)


@dataclass(frozen=True)
class Asked:
    """Values of one measurement with the prompt of each; angles unrolled."""

    measurement: str
    parameters: str
    unit: str
    values: Floats
    prompts: Sequence[str]


def effects(plan: Design, asked: Sequence[Asked], correction: Correction) -> tuple[PhraseEffect, ...]:
    """Every phrase on every measurement that enough prompts have a value of, corrected over all of them."""
    found = [each for one in asked for each in _effects(plan, one)] if plan.columns else []
    p = adjusted([each.p for each in found], correction)
    done = [replace(each, p_adjusted=q) for each, q in zip(found, p, strict=True) if q is not None]
    return tuple(sorted(done, key=lambda each: each.p))


def _effects(plan: Design, asked: Asked) -> list[PhraseEffect]:
    index = {prompt: i for i, prompt in enumerate(plan.prompts)}
    where = np.array([index[prompt] for prompt in asked.prompts], dtype=int)
    present = np.unique(where)
    full = _matrix(plan.columns, len(plan.prompts))
    freedom = len(present) - full.shape[1]
    counts = full[present].sum(0)[1:]
    enough = bool(np.all((counts >= FEWEST_PROMPTS) & (counts <= len(present) - FEWEST_PROMPTS)))
    if freedom < SPARE or not enough or np.ptp(asked.values) == 0:
        return []
    fitted = _jackknifed(full[where], asked.values, where)
    if fitted is None:
        return []
    reach = float(stdtrit(freedom, 0.5 + CONFIDENCE / 2))
    return [
        PhraseEffect(
            name, asked.measurement, asked.parameters, asked.unit, b, b - reach * e, b + reach * e,
            float(2 * stdtr(freedom, -abs(b) / e)) if e > 0 else 1.0, len(where), len(present), int(count),
        )
        for name, b, e, count in zip(plan.columns, *fitted, counts, strict=True)
    ]  # fmt: skip


def _jackknifed(x: Floats, y: Floats, cluster: np.ndarray) -> tuple[list[float], list[float]] | None:
    """Coefficients and errors of all columns but the first; None where a prompt left out leaves no fit."""
    gram, cross = x.T @ x, x.T @ y
    if np.linalg.matrix_rank(gram, hermitian=True) < len(gram):
        return None
    ids = np.unique(cluster)
    beta = np.linalg.solve(gram, cross)
    without = []
    for each in ids:
        mine = cluster == each
        left = gram - x[mine].T @ x[mine]
        if np.linalg.matrix_rank(left, hermitian=True) < len(left):
            return None
        without.append(np.linalg.solve(left, cross - x[mine].T @ y[mine]))
    moved = np.array(without) - beta
    error = np.sqrt((len(ids) - 1) / len(ids) * (moved**2).sum(0))
    return beta[1:].tolist(), error[1:].tolist()
