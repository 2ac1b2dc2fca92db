"""A comparison in words and figures, the same in the terminal, the summary and the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lightmeter.compare.comparison import Answer, Comparison, Row
from lightmeter.compare.correction import Correction
from lightmeter.compare.phrases import PhraseEffect
from lightmeter.report.figures import figure, share

SYMBOLS: dict[Answer, str] = {
    "better": "✓",
    "worse": "✕",
    "higher": "▲",
    "lower": "▼",
    "no difference shown": "=",
    "too few images": "–",
}
_FOUND: tuple[Answer, ...] = ("better", "worse", "higher", "lower")
_CORRECTED: dict[Correction, str] = {
    "holm": "after Holm's correction over all rows: with no real difference, 19 of 20 tables show none",
    "bh": "after Benjamini and Hochberg's correction over all rows: of those shown, about 1 in 20 is false",
}
MOST_PHRASES = 20


def named(row: Row) -> str:
    """What a row is about: the criterion, else the measurement with its parameters."""
    return row.criterion or " ".join(filter(None, (row.measurement, row.parameters)))


def difference(row: Row) -> str:
    """`+0.42 stop (+0.1 to +0.7)`."""
    return change(row) if row.contrast.low is None else f"{change(row)} ({within(row)})"


def within(row: Row) -> str:
    """`+0.1 to +0.7`: the 95 % interval."""
    low, high = row.contrast.low, row.contrast.high
    return figure(None) if low is None or high is None else f"{signed(low)} to {signed(high)}"


def change(row: Row) -> str:
    """`+0.42 stop`: the difference alone."""
    found = row.contrast.difference
    return figure(None) if found is None else f"{signed(found)} {row.unit}".strip()


def signed(value: float) -> str:
    """A figure that always tells its sign, but for 0."""
    text = figure(value)
    return text if text.startswith("-") or text == "0" else f"+{text}"


def chance(p: float | None) -> str:
    """A p-value."""
    if p is None:
        return figure(None)
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def verdict(row: Row) -> str:
    """The verdict, with what it lacks: `too few images (12 more pairs)`."""
    text = f"{SYMBOLS[row.verdict]} {row.verdict}"
    return f"{text} ({lacking(row)})" if row.verdict == "too few images" else text


def lacking(row: Row) -> str:
    """How many more would be needed, in what is exchanged."""
    more = row.contrast.needed
    unit = row.per[:-1] if more == 1 else row.per
    return f"{more} more {unit}" + ("" if row.per == "pairs" or row.pairs else " per variant")


def counted(row: Row) -> str:
    """`38 of 40, baseline 40 of 40`: images with a value."""
    return f"{row.n} of {row.count}, baseline {row.n_baseline} of {row.count_baseline}"


def basis(row: Row) -> str:
    """What the test stands on."""
    pairs = f"{row.pairs} pairs" if row.pairs else "unpaired"
    units = "" if row.per == "pairs" else f", {row.units} {row.per}"
    return pairs + units + (f", {row.test}" if row.test else "")


def superior(row: Row) -> str:
    """The probability of superiority, in whole percent."""
    return share(row.superiority)


def answers(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """For each variant, one sentence."""
    for variant in comparison.variants:
        rows = [row for row in comparison.rows if row.variant == variant]
        yield variant, _answer(rows)


def _answer(rows: list[Row]) -> str:
    parts = []
    for kind in _FOUND:
        names = [named(row) for row in rows if row.verdict == kind]
        if names:
            parts.append(f"{kind} in {', '.join(names)}")
    count = Counter(row.verdict for row in rows)
    if not parts:
        parts.append("no difference shown" if count["no difference shown"] else "too few images to say")
    left = [f"{count[kind]} {kind}" for kind in ("no difference shown", "too few images") if count[kind]]
    return "; ".join(parts) + (f" (of {len(rows)} questions: {', '.join(left)})" if left else "")


def method(comparison: Comparison) -> str:
    """What stands under every table."""
    return (
        f"Differences are variant minus {comparison.baseline!r}, with 95 % intervals, each on its own. "
        f"A difference is shown where p is at most 0.05 {_CORRECTED[comparison.correction]}. "
        f"'Too few images' is said where a difference of {comparison.effect:g} standard deviations of single "
        "images would be missed more often than 1 time in 5. "
        "What was not measured is left out, never counted as 0."
    )


def shown_phrases(comparison: Comparison) -> list[PhraseEffect]:
    """The phrases that were shown to move something, and then the likeliest others."""
    return list(comparison.phrases[:MOST_PHRASES])


def phrase_effect(effect: PhraseEffect) -> str:
    """`+0.42 stop (+0.1 to +0.7)`."""
    return f"{signed(effect.effect)} {effect.unit} ({signed(effect.low)} to {signed(effect.high)})"
