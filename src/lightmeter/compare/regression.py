"""Whether a run is worse than its baseline, over all questions together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lightmeter.compare.arms import Arms, Key
from lightmeter.compare.asked import Asked
from lightmeter.compare.circle import PERIODS, unrolled
from lightmeter.compare.compared import chance_of_shares
from lightmeter.compare.correction import adjusted
from lightmeter.compare.gate import Check, Status
from lightmeter.compare.pairing import Shot
from lightmeter.compare.policy import Policy
from lightmeter.compare.worsening import Worsening, worsening
from lightmeter.measure.records import ImageRecord

RUN, BASELINE = "run", "baseline"

LEAST_MARGIN = 1e-3
"""Share of the baseline's mean: where all its images read the same, another device's last digits do not
count as a change."""


@dataclass(frozen=True)
class _Question:
    asked: Asked
    margin: float
    stated: bool
    found: Worsening | None
    measured: tuple[int, int]
    sizes: tuple[int, int]

    @property
    def lost(self) -> float | None:
        """The chance that it is measured so much less often than in the baseline.

        1 where it is not less, None where every image has a value."""
        if self.measured == self.sizes:
            return None
        shares = [n / max(1, size) for n, size in zip(self.measured, self.sizes, strict=True)]
        return 1.0 if shares[0] >= shares[1] else chance_of_shares(self.measured, self.sizes)


def regressions(found: Arms, questions: Iterable[Asked], rules: Policy) -> list[Check]:
    """Two questions of each: is it worse by more than its margin, and is it measured less often. Holm's
    correction over all of them keeps the chance of any false alarm at `rules.level`."""
    every = [_question(found, each, rules) for each in questions if each.rule.regression]
    p = [each.found.p if each.found else None for each in every]
    corrected = adjusted([*p, *(each.lost for each in every)])
    half = len(every)
    checks = [_check(each, p, rules) for each, p in zip(every, corrected[:half], strict=True)]
    return checks + [
        _lost(each, p)
        for each, p in zip(every, corrected[half:], strict=True)
        if p is not None and p <= rules.level and not each.asked.optional
    ]


def _question(found: Arms, each: Asked, rules: Policy) -> _Question:
    period = PERIODS.get(each.wanted.measurement) if each.either else None
    first, second = (_shots(found, side, each) for side in (RUN, BASELINE))
    values = np.array([shot.value for shot in second], dtype=float)
    margin = _margin(values, each, rules)
    answer = None
    if first and second:
        harmed, before = _harm(first, each), _harm(second, each)
        answer = worsening(harmed, before, margin, either=each.either, period=period)
    sizes = (len(found.images[RUN]), len(found.images[BASELINE]))
    return _Question(each, margin, each.rule.margin is not None, answer, (len(first), len(second)), sizes)


def _harm(shots: Iterable[Shot], each: Asked) -> list[Shot]:
    return [Shot(each.harm(shot.value), shot.prompt, shot.seed) for shot in shots]


def _margin(values: np.ndarray, each: Asked, rules: Policy) -> float:
    if each.rule.margin is not None:
        return each.rule.margin
    if len(values) < 2:
        return 0.0
    period = PERIODS.get(each.wanted.measurement)
    spread = float((values if period is None else unrolled(values, period)).std(ddof=1))
    return max(rules.margin_sd * spread, LEAST_MARGIN * abs(float(values.mean())))


def _shots(found: Arms, side: str, each: Asked) -> list[Shot]:
    """Where neither run knows a prompt, images of one name are pairs."""
    records = found.images[side]
    values = found.values.get(each.wanted, {})
    named = not any(r.prompt is not None for arm in found.images.values() for r in arm.values())
    return [_shot(values[key], key, record, named) for key, record in records.items() if key in values]


def _shot(value: float, key: Key, record: ImageRecord, named: bool) -> Shot:
    return Shot(value, key[1], 0) if named else Shot(value, record.prompt, record.seed)


def _check(each: _Question, p: float | None, rules: Policy) -> Check:
    wanted = f"not worse by more than {each.margin:.3g} {each.asked.unit}".rstrip()
    wanted = wanted.replace("not worse", "not moved") if each.asked.either else wanted
    wanted += "" if each.stated else f" ({rules.margin_sd:g} sd of the baseline)"
    name = each.asked.name
    if each.found is None:
        status: Status = "skipped" if each.asked.optional else "unmeasured"
        return Check("regression", name, status, wanted, "the baseline has no value of it: bless a new one")
    return Check("regression", name, _status(each.found, p, rules), wanted, _told(each, p))


def _status(found: Worsening, p: float | None, rules: Policy) -> Status:
    if p is not None and p <= rules.level:
        return "fail"
    if found.same or (found.p_not is not None and found.p_not <= rules.level):
        return "pass"
    return "fail" if rules.undecided == "fail" else "warn"


def _told(each: _Question, p: float | None) -> str:
    found = each.found
    if found is None or found.same:
        return "the same values as the baseline"
    word = "change" if each.asked.either else "worsening"
    change = f"{word} {found.difference:+.3g} {each.asked.unit}".rstrip()
    if found.within is not None:
        low, high = found.within
        change += f" (90 % interval {low:+.3g} to {high:+.3g})"
    chance = ": too few to tell" if p is None else f", corrected p = {p:.2g}"
    return f"{change}, {found.units} {found.per}{chance}"


def _lost(each: _Question, p: float | None) -> Check:
    (n, n_baseline), (size, size_baseline) = each.measured, each.sizes
    found = f"{n} of {size} images, baseline {n_baseline} of {size_baseline}; corrected p = {p:.2g}"
    return Check("measured", each.asked.name, "fail", "measured as often as the baseline", found)
