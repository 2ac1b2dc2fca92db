"""How good a value is: 1 inside the pass interval, less the further outside, after Derringer & Suich (1980).

G. Derringer, R. Suich, "Simultaneous optimization of several response variables", Journal of Quality
Technology 12 (1980) 214-219: each response becomes a desirability in 0..1 and responses are combined
by their geometric mean, so that one hopeless response cannot be bought back by others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from lightmeter.judge.model import Criterion, End
from lightmeter.judge.run import Decision

FLOOR = 0.01
"""What a hopeless value approaches, and what an unmeasured one counts as at worst: never 0, because a
geometric mean with a 0 in it forgets everything else."""

AT_WARN = 0.5
"""The desirability at the edge of the warn interval."""

MARGIN_SHARE = 0.25
"""Without a warn edge, the margin is this share of the pass interval's width, or of the edge's size."""


def decide(value: float, criterion: Criterion) -> Decision:
    """Inside `pass` (ends included) pass, inside `warn` warn, else fail."""
    if _inside(value, criterion.pass_):
        return "pass"
    return "warn" if criterion.warn is not None and _inside(value, criterion.warn) else "fail"


def desirability(value: float, criterion: Criterion) -> float:
    """1 inside `pass`; outside, with x the distance from it in margins:

    - x <= 1: 1 - x/2, so 0.5 at the warn edge;
    - beyond: FLOOR + (0.5 - FLOOR) exp(-(x - 1)), which nears FLOOR and never stops falling.
    """
    low, high = criterion.pass_
    if low is not None and value < low:
        return _fallen((low - value) / _margin(criterion, 0, low))
    if high is not None and value > high:
        return _fallen((value - high) / _margin(criterion, 1, high))
    return 1.0


def combined(weighted: Iterable[tuple[float, float]]) -> float:
    """The weighted geometric mean of (desirability, weight); the same in any order, to the last bit."""
    pairs = list(weighted)
    total = math.fsum(weight for _, weight in pairs)
    return math.exp(math.fsum(weight * math.log(d) for d, weight in pairs) / total)


def _inside(value: float, interval: tuple[End, End]) -> bool:
    low, high = interval
    return (low is None or value >= low) and (high is None or value <= high)


def _fallen(x: float) -> float:
    return 1.0 - (1.0 - AT_WARN) * x if x <= 1.0 else FLOOR + (AT_WARN - FLOOR) * math.exp(1.0 - x)


def _margin(criterion: Criterion, side: int, edge: float) -> float:
    """From the pass edge to the warn edge; where there is none, a share of the interval's own size."""
    warn = criterion.warn[side] if criterion.warn is not None else None
    if warn is not None and warn != edge:
        return abs(warn - edge)
    low, high = criterion.pass_
    width = high - low if low is not None and high is not None else 0.0
    return MARGIN_SHARE * (width or abs(edge)) or 1.0
