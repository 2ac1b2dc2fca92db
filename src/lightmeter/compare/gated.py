"""Gate: from two recorded runs and a policy to checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lightmeter.compare.accepted import Origin, rounded
from lightmeter.compare.arms import Arms, Key, arms
from lightmeter.compare.asked import Asked, asked
from lightmeter.compare.gate import Check, Gate, Status
from lightmeter.compare.policy import Policy, Source
from lightmeter.compare.recorded import Recorded
from lightmeter.compare.regression import BASELINE, RUN, regressions
from lightmeter.compare.shares import lower_bound
from lightmeter.measure.records import ImageRecord, Wanted

if TYPE_CHECKING:
    from lightmeter.judge.model import Rubric

LISTED = 5
"""Images that a check names."""


def gated(
    run: Recorded,
    baseline: Recorded,
    origins: tuple[Origin, Origin],
    policy: Policy | None = None,
    rubric: Rubric | None = None,
    source: Source | None = None,
) -> Gate:
    """Every check of a run against its baseline; `gate.decided` says what comes of them.

    origins: of run and baseline. source: where the policy's lines are. Raises SourceError for runs in two
    units, PolicyError for a rule about nothing. A baseline of another origin is compared with nothing.
    """
    rules = policy or Policy()
    gate = Gate(run.name, baseline.name, (), (_count(run), _count(baseline)), rules.level)
    gate = replace(gate, rubric="" if rubric is None else rubric.name, notes=tuple(_notes(origins)))
    refused = list(_differences(origins, rules))
    if refused or not all(gate.counts):
        return replace(gate, checks=tuple(refused) or (_nothing("a run and its baseline need images"),))
    recorded = frozenset(reading.wanted for reading in run.readings)
    table = _Table(_joined(run, baseline), rules, recorded)
    questions = asked(table.arms, rules, rubric, source)
    checks = [*_present(table, questions)]
    lacking = {each.name for each in checks if each.status in ("unmeasured", "skipped")}
    known = [each for each in questions if each.name not in lacking]
    checks += [*_limits(table, known), *_bars(table, known), *_whole(table, questions)]
    checks += regressions(table.arms, known, rules)
    return replace(gate, checks=tuple(checks) or (_nothing("no measurement is asked"),))


def _count(run: Recorded) -> int:
    return sum(record.status != "skipped" for record in run.images)


def _joined(run: Recorded, baseline: Recorded) -> Arms:
    """Both as arms, whatever variants they hold, with the digits that a baseline keeps."""
    both = []
    for name, each in ((RUN, run), (BASELINE, baseline)):
        images = tuple(replace(record, variant=name) for record in each.images)
        readings = tuple(
            replace(r, value=None if r.value is None else rounded(r.value)) for r in each.readings
        )
        both.append(Recorded(each.name, images, readings))
    return arms(both)


def _notes(origins: tuple[Origin, Origin]) -> Iterator[str]:
    for name, origin in zip((RUN, BASELINE), origins, strict=True):
        if not origin.known:
            yield f"not checked that both were measured alike: no run.json says what made the {name}"


def _differences(origins: tuple[Origin, Origin], rules: Policy) -> Iterator[Check]:
    for part, mine, its in origins[0].against(origins[1]):
        if part not in rules.accept:
            found = f"the run has {mine}, the baseline {its}: bless a new baseline, or `accept: [{part}]`"
            yield Check("baseline", part, "unmeasured", f"one {part} for both", found)


def _nothing(why: str) -> Check:
    return Check("measured", "run", "unmeasured", "something to ask", why)


@dataclass(frozen=True)
class _Table:
    """recorded: what the run's table has rows of, with or without values."""

    arms: Arms
    rules: Policy
    recorded: frozenset[Wanted]

    @property
    def records(self) -> dict[Key, ImageRecord]:
        return dict(self.arms.images.get(RUN, {}))

    def value(self, each: Asked, key: Key) -> float | None:
        return self.arms.values.get(each.wanted, {}).get(key)


def _present(table: _Table, questions: Iterable[Asked]) -> Iterator[Check]:
    """One per question: how many images have a value; with too few, nothing else is asked of it."""
    for each in questions:
        measured = sum(table.value(each, key) is not None for key in table.records)
        absent: Status = "skipped" if each.optional else "unmeasured"
        found = f"{measured} of {len(table.records)} images have a value"
        if each.wanted not in table.recorded:
            found = f"{each.wanted.measurement} is not in the run's table"
        least = each.rule.measured or 0.0
        enough = measured > 0 and measured >= least * len(table.records)
        wanted = f"a value on {100 * least:g} % of the images" if least else "a value on some image"
        yield Check("measured", each.name, "pass" if enough else absent, wanted, found)


def _limits(table: _Table, questions: Iterable[Asked]) -> Iterator[Check]:
    for each in questions:
        for limit, sign in ((each.rule.never_below, 1.0), (each.rule.never_above, -1.0)):
            if limit is None:
                continue
            values = [(table.value(each, key), key[1]) for key in table.records]
            beyond = sorted((sign * (v - limit), v, name) for v, name in values if v is not None)
            beyond = [entry for entry in beyond if entry[0] < 0]
            word = "below" if sign > 0 else "above"
            found = f"{len(beyond)} of {len(values)} images {word} it"
            if beyond:
                found += f", the worst {beyond[0][1]:g} {each.unit}".rstrip()
            status: Status = "fail" if beyond else "pass"
            names = tuple(name for _, _, name in beyond[:LISTED])
            yield Check(
                "limit", each.name, status, f"none {word} {limit:g} {each.unit}".rstrip(), found, names
            )


def _bars(table: _Table, questions: Iterable[Asked]) -> Iterator[Check]:
    for each in questions:
        if each.rule.share is not None and each.interval is not None:
            passed = {key: each.passes(table.value(each, key)) for key in table.records}
            yield _bar(table, each.name, each.rule.share, passed)


def _whole(table: _Table, questions: list[Asked]) -> Iterator[Check]:
    """An image passes where it passes every criterion; an optional one without a value is not asked."""
    judged = [each for each in questions if each.interval is not None]
    if table.rules.images_pass is None or not judged:
        return
    passed = {
        key: all(
            each.passes(value) or (value is None and each.optional)
            for each in judged
            for value in [table.value(each, key)]
        )
        for key in table.records
    }
    yield _bar(table, "whole rubric", table.rules.images_pass, passed)


def _bar(table: _Table, name: str, wanted: float, passed: dict[Key, bool]) -> Check:
    records = table.records
    bound = lower_bound(list(passed.values()), [records[key].prompt for key in passed])
    count = sum(passed.values())
    reached = bound if table.rules.bars == "bound" else count / len(passed)
    found = (
        f"{count} of {len(passed)} images pass ({100 * count / len(passed):.1f} %); "
        f"with 95 % confidence at least {100 * bound:.1f} % would"
    )
    least = f"at least {100 * wanted:g} % pass" + (", shown" if table.rules.bars == "bound" else "")
    names = tuple(key[1] for key, good in passed.items() if not good)[:LISTED]
    good = reached >= wanted
    return Check("bar", name, "pass" if good else "fail", least, found, () if good else names)
