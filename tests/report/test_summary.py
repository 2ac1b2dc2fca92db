from __future__ import annotations

import re

from lightmeter.judge.outcome import outcome
from lightmeter.judge.run import Run
from lightmeter.report.figures import figure, interval, share
from lightmeter.report.summary import summary


def test_it_says_what_the_outcome_says(run: Run) -> None:
    decided = outcome(run, strict=False)
    text = summary(run, decided)
    assert f"{decided.decision}**: {decided.headline}" in text


def test_every_table_has_as_many_cells_in_each_row(run: Run) -> None:
    tables = re.findall(r"(?:^\|.*\n)+", summary(run, outcome(run, False)), re.M)
    assert len(tables) == 3
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


def test_nothing_hostile_is_markup(run: Run) -> None:
    text = summary(run, outcome(run, False))
    assert set(re.findall(r"</?[a-z][^>]*>", text)) <= {"<code>", "</code>"}


def test_reasons_are_grouped_with_their_counts(run: Run) -> None:
    text = summary(run, outcome(run, False))
    assert re.search(r"`material_similarity` \| CLIP weights unavailable: .* \| 24 \|", text)
    assert "> **Not measured on any image:**" in text
    assert "truncated file" in text


def test_figures() -> None:
    assert [figure(v) for v in (None, 0.0, -0.0001, 2.0, 1234.5, 0.00001234, 41.0, -0.0)] == [
        "–", "0", "-0.0001", "2", "1234", "0.000012", "41", "0",
    ]  # fmt: skip
    assert interval((None, 2.0), "stop") == "at most 2 stop"
    assert interval((1.0, None), "stop") == "at least 1 stop"
    assert interval((1.0, 3.0), "stop") == "1 to 3 stop"
    assert [share(v) for v in (None, 0.0, 0.001, 0.999, 1.0, 0.5)] == [
        "–",
        "0 %",
        "1 %",
        "99 %",
        "100 %",
        "50 %",
    ]
