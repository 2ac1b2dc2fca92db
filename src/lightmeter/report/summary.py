"""`summary.md`: the run as a comment under a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lightmeter.judge.outcome import Outcome
from lightmeter.judge.run import Run, VariantSummary, VariantTotal
from lightmeter.report.asked import criterion_unit
from lightmeter.report.demanded import demands, tally
from lightmeter.report.figures import SYMBOLS, figure, interval, mean, score, share
from lightmeter.report.gaps import absent, gaps, not_read
from lightmeter.report.hostile import code, markdown

MOST_FILES = 20
MOST_DEMANDS = 60


def summary(run: Run, outcome: Outcome) -> str:
    """Headline, variants, criteria, and what could not be measured and why, in GitHub's Markdown."""
    if run.rubric is None:
        raise ValueError("a run without a rubric has nothing to sum up")
    parts = [
        f"# {markdown(run.rubric.title)}",
        f"**{SYMBOLS[outcome.decision]} {outcome.decision}**: {markdown(outcome.headline)}",
        *_notice(run),
        "## Variants",
        _table(("variant", "images", "pass", "score", "worst criterion"), map(_variant, run.totals), "lrrrl"),
        "## Criteria",
        *_criteria(run),
        *_asked(run),
        *_gaps(run),
        *_files(run),
    ]
    return "\n\n".join(parts) + "\n"


def _notice(run: Run) -> Iterator[str]:
    for absence in absent(run):
        names = ", ".join(map(code, absence.measurements))
        yield f"> **Not measured on any image:** {names}: {markdown(absence.reason)}"


def _variant(total: VariantTotal) -> tuple[str, ...]:
    worst = f"{code(total.worst)}, {share(total.worst_share)} pass" if total.worst else SYMBOLS["unmeasured"]
    passed = f"{share(total.pass_share)} ({total.passed})"
    return (_name(total.variant), str(total.images), passed, score(total.mean_low, total.mean_high), worst)


def _criteria(run: Run) -> Iterator[str]:
    """Wanted against what each variant has; pass share, then the mean with its 95 % interval."""
    variants = [total.variant for total in run.totals]
    cells = {(row.criterion, row.variant): row for row in run.variants}
    criteria = run.rubric.criteria if run.rubric is not None else {}
    units = criterion_unit(run)
    rows = (
        (
            code(name) + (" (optional)" if criterion.optional else ""),
            markdown(interval(criterion.pass_, units.get(name, ""))),
            *(_cell(cells.get((name, variant))) for variant in variants),
        )
        for name, criterion in criteria.items()
    )
    yield "Share of images that pass; mean with its 95 % interval, in the unit that is wanted."
    yield _table(("criterion", "wanted", *map(_name, variants)), rows, "ll" + "l" * len(variants))


def _cell(row: VariantSummary | None) -> str:
    if row is None or row.mean is None:
        return f"{SYMBOLS['unmeasured']} not measured"
    return f"{share(row.pass_share)}; {mean(row.mean, row.low, row.high)}"


def _asked(run: Run) -> Iterator[str]:
    """What the prompts asked for; every image and question is in `specification.csv`."""
    if not run.specification:
        return
    yield "## Asked, measured, met"
    yield markdown(tally(run)) + ". Each image against its own prompt; all of it is in `specification.csv`."
    rows = (
        (
            markdown(each.words),
            code(each.measurement) if each.measurement != "-" else each.measurement,
            markdown(each.wanted),
            figure(each.met),
            figure(each.missed),
            figure(each.unmeasured) + (f": {markdown(each.reason)}" if each.reason else ""),
        )
        for each in demands(run)[:MOST_DEMANDS]
    )
    yield _table(("words", "measurement", "wanted", "met", "not met", "unmeasured"), rows, "lllrrl")


def _gaps(run: Run) -> Iterator[str]:
    found = gaps(run)
    if found:
        yield "## Not measured"
        rows = ((code(gap.measurement), markdown(gap.reason), figure(gap.count)) for gap in found)
        yield _table(("measurement", "reason", "images"), rows, "llr")


def _files(run: Run) -> Iterator[str]:
    files = not_read(run)
    if not files:
        return
    yield "## Files not measured"
    listed = [f"- {code(file.image)}: {markdown(file.reason)} ({file.status})" for file in files[:MOST_FILES]]
    more = len(files) - MOST_FILES
    yield "\n".join([*listed, f"- and {more} more, in `images.csv`"] if more > 0 else listed)


def _name(variant: str) -> str:
    return code(variant) if variant else "(no variant)"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]], align: str) -> str:
    rule = tuple("---:" if side == "r" else "---" for side in align)
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows))
