"""Values on a strip 1000 wide and 100 high: a dot per image, or a histogram where dots would be a blot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from lightmeter.judge.run import Decision
from lightmeter.report.figures import DECISIONS
from lightmeter.report.scales import Band, Scale

WIDTH = 1000
MOST_DOTS, STEP = 100, 20
_FOOT = 84.0
_APART = 22  # of 1000: about one dot's width where a strip is 300 px wide
_GRID = 4
_LEVELS = (46, 28, 64, 10, 82)


def marks(scale: Scale, values: Sequence[tuple[float, Decision]]) -> list[tuple[str, str]]:
    """SVG paths with their classes: "dots pass", or "bars pass" for more than MOST_DOTS images."""
    kind, paths = ("dots", dots) if len(values) <= MOST_DOTS else ("bars", bars)
    return [(f"{kind} {decision}", path) for decision, path in paths(scale, values)]


def bars(scale: Scale, values: Sequence[tuple[float, Decision]]) -> list[tuple[Decision, str]]:
    """Columns of STEP width, stacked by decision; the highest is as high as the strip allows."""
    counts = Counter(
        (min(WIDTH - 1, int(scale.share(v) * WIDTH)) // STEP, decision) for v, decision in values
    )
    tallest = max(sum(counts[x, d] for d in DECISIONS) for x, _ in counts)
    ground: Counter[int] = Counter()
    paths: dict[Decision, str] = dict.fromkeys(DECISIONS, "")
    for (x, decision), count in sorted(counts.items()):
        foot = _FOOT * (1 - ground[x] / tallest)
        ground[x] += count
        top = _FOOT * (1 - ground[x] / tallest)
        paths[decision] += f"M{x * STEP + STEP // 2} {foot:.1f}V{top:.1f}"
    return [(decision, path) for decision, path in paths.items() if path]


def dots(scale: Scale, values: Iterable[tuple[float, Decision]]) -> list[tuple[Decision, str]]:
    """An SVG path of zero-length strokes for each decision; a round line cap makes each a dot.

    Dots that would meet go to other levels.
    """
    last = dict.fromkeys(_LEVELS, -WIDTH)
    places: dict[Decision, set[tuple[int, int]]] = {decision: set() for decision in DECISIONS}
    for value, decision in sorted(values):
        x = round(scale.share(value) * WIDTH / _GRID) * _GRID
        free = (y for y in _LEVELS if x - last[y] >= _APART)
        y = next(free, min(_LEVELS, key=last.__getitem__))
        last[y] = x
        places[decision].add((x, y))
    return [
        (decision, "".join(f"M{x} {y}h0" for x, y in sorted(spots)))
        for decision, spots in places.items()
        if spots
    ]


def across(scale: Scale, band: Band) -> Band:
    """A band or interval of the axis in strip coordinates."""
    return (round(scale.share(band[0]) * WIDTH, 1), round(scale.share(band[1]) * WIDTH, 1))
