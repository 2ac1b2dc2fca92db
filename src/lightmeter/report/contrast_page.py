"""`comparison.html`: one file without scripts that asks nothing of any network."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from markupsafe import Markup

from lightmeter.compare.comparison import Comparison, Row
from lightmeter.report import contrast_words as words
from lightmeter.report.figures import figure
from lightmeter.report.templates import asset, environment

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Strip:
    """A difference on an axis with 0 in the middle, in percent of its width: where, and its interval."""

    at: float
    left: float
    width: float


def comparison_page(comparison: Comparison) -> str:
    """The answers, a table with a strip for each difference, and the phrases."""
    return (
        environment(one_lined=True)
        .get_template("comparison.html.jinja")
        .render(
            policy=Markup(POLICY),
            style=Markup(asset("report.css")),
            version=version("lightmeter"),
            comparison=comparison,
            answers=list(words.answers(comparison)),
            variants=[(name, _rows(comparison, name)) for name in comparison.variants],
            phrases=words.shown_phrases(comparison),
            words=words,
            figure=figure,
            strip=_strip,
        )
    )


def _rows(comparison: Comparison, variant: str) -> list[Row]:
    return [row for row in comparison.rows if row.variant == variant]


def _strip(row: Row) -> Strip | None:
    found = row.contrast
    if found.difference is None or found.low is None or found.high is None:
        return None
    widest = max(abs(found.low), abs(found.high), found.mde or 0.0) * 1.05
    if widest == 0:
        return None
    at, low, high = (50 + 50 * each / widest for each in (found.difference, found.low, found.high))
    return Strip(round(at, 2), round(low, 2), round(high - low, 2))
