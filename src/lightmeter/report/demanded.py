"""What the prompts asked, as reports tell it: one line a question, or one for each image and question."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lightmeter.judge.fulfilment import Fulfilment, Met
from lightmeter.judge.run import Run
from lightmeter.report.figures import figure

MARKS: dict[Met, str] = {"yes": "✓ met", "no": "✕ not met", "unmeasured": "– unmeasured"}


@dataclass(frozen=True)
class Demand:
    """One question over all images: the words of the first that asks it, and how many met it."""

    words: str
    measurement: str
    wanted: str
    met: int
    missed: int
    unmeasured: int
    reason: str


def demands(run: Run) -> list[Demand]:
    """Each question once, in the order in which the prompts ask; reason: the commonest for no value."""
    grouped: dict[object, list[Fulfilment]] = {}
    for each in run.specification:
        ask = each.ask
        key = (ask.wanted, ask.low, ask.high, ask.reason if ask.wanted is None else "")
        grouped.setdefault(key, []).append(each)
    return [_demand(group) for group in grouped.values()]


def _demand(group: list[Fulfilment]) -> Demand:
    counts = Counter(each.met for each in group)
    reasons = Counter(each.reason for each in group if each.reason)
    ask = group[0].ask
    return Demand(
        ask.said,
        ask.measured_by,
        ask.interval,
        counts["yes"],
        counts["no"],
        counts["unmeasured"],
        reasons.most_common(1)[0][0] if reasons else "",
    )


def tally(run: Run) -> str:
    """ "12 asked: 7 met, 3 not met, 2 unmeasured"."""
    counts = Counter(each.met for each in run.specification)
    parts = f"{counts['yes']} met, {counts['no']} not met, {counts['unmeasured']} unmeasured"
    return f"{len(run.specification)} asked by prompts: {parts}"


def value_of(each: Fulfilment) -> str:
    """The value with its unit, or why there is none."""
    return f"{figure(each.value)} {each.ask.unit}" if each.value is not None else each.reason
