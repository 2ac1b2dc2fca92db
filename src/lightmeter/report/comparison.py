"""The variants side by side: a column per variant, a row per criterion, all cells of a row on one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lightmeter.judge.run import Decision, Run, VariantSummary
from lightmeter.report.asked import criterion_unit
from lightmeter.report.figures import figure, interval, mean, score, share, with_unit
from lightmeter.report.hostile import one_line
from lightmeter.report.scales import Band, Scale
from lightmeter.report.strips import across, marks

Values = Sequence[tuple[float, Decision]]


@dataclass(frozen=True)
class Column:
    """A variant's head."""

    name: str
    count: int
    pass_share: str
    score: str


@dataclass(frozen=True)
class Axis:
    """A row's axis in strip coordinates, with the texts at its ends."""

    lo: str
    hi: str
    pass_: Band
    warn: Band


@dataclass(frozen=True)
class Cell:
    """One variant under one criterion."""

    count: int
    measured: int
    pass_share: str
    mean: str
    worst: bool
    said: str
    marks: Sequence[tuple[str, str]]
    mean_at: float | None
    interval: Band | None


@dataclass(frozen=True)
class Row:
    """One criterion under every variant."""

    name: str
    unit: str
    optional: bool
    wanted: str
    tolerated: str
    why: str
    axis: Axis
    cells: tuple[Cell, ...]


def columns(run: Run) -> list[Column]:
    """The variants, in the order of the run's totals."""
    return [
        Column(one_line(t.variant), t.images, share(t.pass_share), score(t.mean_low, t.mean_high))
        for t in run.totals
    ]


def rows(run: Run, scales: Mapping[str, Scale]) -> list[Row]:
    """The criteria, in the order of the rubric."""
    units = criterion_unit(run)
    summaries = {(s.variant, s.criterion): s for s in run.variants}
    values = _values(run)
    return [_row(run, name, units.get(name, ""), scale, summaries, values) for name, scale in scales.items()]


def _row(
    run: Run,
    name: str,
    unit: str,
    scale: Scale,
    summaries: Mapping[tuple[str, str], VariantSummary],
    values: Mapping[tuple[str, str], Values],
) -> Row:
    criterion = run.criterion(name)
    axis = Axis(figure(scale.lo), figure(scale.hi), across(scale, scale.pass_), across(scale, scale.warn))
    cells = tuple(
        _cell(summaries[total.variant, name], scale, values.get((total.variant, name), ()), total.worst)
        for total in run.totals
    )
    tolerated = interval(criterion.warn, unit) if criterion.warn is not None else ""
    wanted = "wanted " + interval(criterion.pass_, unit)
    return Row(name, unit, criterion.optional, wanted, tolerated, one_line(criterion.why), axis, cells)


def _cell(summary: VariantSummary, scale: Scale, values: Values, worst: str) -> Cell:
    interval_ = None
    if summary.low is not None and summary.high is not None:
        interval_ = across(scale, (summary.low, summary.high))
    return Cell(
        count=summary.count,
        measured=summary.measured,
        pass_share=share(summary.pass_share),
        mean=mean(summary.mean, summary.low, summary.high),
        worst=summary.criterion == worst,
        said=_said(summary),
        marks=marks(scale, values),
        mean_at=None if summary.mean is None else across(scale, (summary.mean, summary.mean))[0],
        interval=interval_,
    )


def _said(summary: VariantSummary) -> str:
    """The strip in words, for who does not see it."""
    average = with_unit(summary.mean, summary.unit)
    return f"{summary.measured} of {summary.count} measured, mean {average}, {share(summary.pass_share)} pass"


def _values(run: Run) -> dict[tuple[str, str], list[tuple[float, Decision]]]:
    variant = {record.image: record.variant for record in run.images}
    found: dict[tuple[str, str], list[tuple[float, Decision]]] = {}
    for verdict in run.verdicts:
        if verdict.reading.value is not None:
            key = (variant.get(verdict.image, ""), verdict.criterion)
            found.setdefault(key, []).append((verdict.reading.value, verdict.decision))
    return found
