"""`comparison.md`: a comparison as a comment under a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lightmeter.compare.comparison import Comparison, Row
from lightmeter.report import contrast_words as words
from lightmeter.report.figures import figure
from lightmeter.report.hostile import code, markdown


def comparison_summary(comparison: Comparison) -> str:
    """One answer per variant, the figures behind it, and what moved with a phrase, in GitHub's Markdown."""
    parts = [
        f"# Compared with {code(comparison.baseline or '(no variant)')}",
        *_answers(comparison),
        *(part for variant in comparison.variants for part in _variant(comparison, variant)),
        markdown(words.method(comparison)),
        *_phrases(comparison),
    ]
    return "\n\n".join(parts) + "\n"


def _answers(comparison: Comparison) -> Iterator[str]:
    yield "\n".join(f"- {code(name)}: {markdown(text)}" for name, text in words.answers(comparison))


def _variant(comparison: Comparison, variant: str) -> Iterator[str]:
    rows = [row for row in comparison.rows if row.variant == variant]
    yield f"## {code(variant or '(no variant)')}"
    head = (
        "question",
        "difference",
        "p",
        "corrected",
        "superior",
        "shown at best",
        "verdict",
        "images",
        "test",
    )
    yield _table(head, [_cells(row) for row in rows])
    notes = [f"- {code(words.named(row))}: {markdown(note)}" for row in rows for note in row.notes]
    if notes:
        yield "\n".join(notes)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        code(words.named(row)),
        markdown(words.difference(row)),
        words.chance(row.p),
        words.chance(row.p_adjusted),
        words.superior(row),
        figure(row.contrast.mde),
        words.verdict(row),
        words.counted(row),
        words.basis(row),
    )


def _phrases(comparison: Comparison) -> Iterator[str]:
    if comparison.prompts < 2:
        return
    yield "## Phrases of the prompts"
    rows = [
        (
            code(each.phrase),
            code(each.measurement),
            markdown(words.phrase_effect(each)),
            words.chance(each.p_adjusted),
            f"{each.prompts_with} of {each.prompts}",
        )
        for each in words.shown_phrases(comparison)
    ]
    if rows:
        yield "A phrase present against absent, all others equal; least squares, jackknifed over prompts."
        yield _table(("phrase", "measurement", "effect", "corrected p", "prompts"), rows)
    else:
        yield "No phrase's effect can be told from these prompts."
    if comparison.phrase_notes:
        yield "\n".join(f"- {markdown(note)}" for note in comparison.phrase_notes)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    rule = tuple("---" for _ in head)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))
