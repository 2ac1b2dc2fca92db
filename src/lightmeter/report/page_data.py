"""What the page's script draws from, as one block of JSON.

criteria  name, measurement, unit, wanted, tolerated, why, optional, axis ends, bands as shares of it
images    name, as it is shown, variant (index), decision, score ends, `verdicts` [value, decision,
          reason, error] in the order of the criteria (decision and reason are indices), `others`
          [measurement, value, unit, reason, error] that no criterion asks; thumb, masks, mesh (x, y in
          1/10000), drawings as Drawing has them, and key where embedded; cut where there is one
photographs  pitches, and percentiles of skin's contrast in photographs at each: what `spectra` are beside
reasons   the texts that verdicts and others point to
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from pydantic import JsonValue

from lightmeter.judge.run import ImageScore, Run, Verdict
from lightmeter.measure.records import ImageRecord, Reading
from lightmeter.report.asked import criterion_unit
from lightmeter.report.figures import DECISIONS, SYMBOLS, figure, interval
from lightmeter.report.hostile import lines, one_line, well_formed
from lightmeter.report.page_pictures import pictures, spectrum_of_photographs
from lightmeter.report.scales import Band, Scale

MOST_PICTURES = 500
"""Pictures in one page; at about 40 kB each, or 60 with the extracted subject, more would make a file that
browsers struggle with."""

Json = dict[str, JsonValue]


@dataclass
class _Reasons:
    """Each reason once, by its index."""

    index: dict[str, int] = field(default_factory=dict)

    def of(self, reason: str) -> int:
        return self.index.setdefault(one_line(reason), len(self.index))


def payload(run: Run, title: str, scales: Mapping[str, Scale], embedded: frozenset[str]) -> str:
    """The block: no character in it can end the script element or begin markup or an address."""
    reasons = _Reasons()
    data: Json = {
        "title": title,
        "symbols": {str(decision): symbol for decision, symbol in SYMBOLS.items()},
        "variants": [one_line(total.variant) for total in run.totals],
        "criteria": _criteria(run, scales),
        "photographs": spectrum_of_photographs(),
        "images": _images(run, embedded, reasons),
    }
    data["reasons"] = list(reasons.index)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return well_formed(text.replace("/", "\\/"))


def chosen(run: Run, most: int = MOST_PICTURES) -> frozenset[str]:
    """The images whose pictures the page holds: the worst of each variant in turn, until there are `most`."""
    shown = {record.image: record.variant for record in run.images if record.image in run.pictures}
    queues: dict[str, list[str]] = {}
    for score in sorted(run.scores, key=lambda s: (s.low, s.image)):
        if score.image in shown:
            queues.setdefault(shown[score.image], []).append(score.image)
    turns = zip_longest(*(queues[variant] for variant in sorted(queues)))
    order = [image for turn in turns for image in turn if image is not None]
    return frozenset(order[:most])


def _criteria(run: Run, scales: Mapping[str, Scale]) -> list[JsonValue]:
    units = criterion_unit(run)
    return [_criterion(run, name, units.get(name, ""), scales[name]) for name in scales]


def _criterion(run: Run, name: str, unit: str, scale: Scale) -> Json:
    criterion = run.criterion(name)
    return {
        "name": name,
        "measurement": criterion.measure,
        "unit": unit,
        "wanted": "wanted " + interval(criterion.pass_, unit),
        "tolerated": interval(criterion.warn, unit) if criterion.warn is not None else "",
        "why": criterion.why,
        "optional": criterion.optional,
        "lo": _short(scale.lo),
        "hi": _short(scale.hi),
        "lo_text": figure(scale.lo),
        "hi_text": figure(scale.hi),
        "pass": _shares(scale, scale.pass_),
        "warn": _shares(scale, scale.warn),
    }


def _shares(scale: Scale, band: Band) -> list[JsonValue]:
    return [round(scale.share(end), 4) for end in band]


def _images(run: Run, embedded: frozenset[str], reasons: _Reasons) -> list[JsonValue]:
    criteria = list(run.rubric.criteria) if run.rubric is not None else []
    variants = {total.variant: i for i, total in enumerate(run.totals)}
    verdicts = {(v.image, v.criterion): v for v in run.verdicts}
    asked = {v.reading.wanted for v in run.verdicts}
    readings: dict[str, list[Reading]] = {}
    for reading in run.answers.values():
        readings.setdefault(reading.image, []).append(reading)
    scores = {score.image: score for score in run.scores}
    images: list[JsonValue] = []
    for record in run.images:
        if record.status == "skipped":
            continue
        own = readings.get(record.image, [])
        image = _image(record, scores.get(record.image), variants.get(record.variant, 0))
        image["verdicts"] = [_verdict(verdicts.get((record.image, name)), reasons) for name in criteria]
        image["others"] = [_other(r, reasons) for r in own if r.wanted not in asked and not record.reason]
        images.append(image | pictures(run.pictures[record.image] if record.image in embedded else None, own))
    return images


def _image(record: ImageRecord, score: ImageScore | None, variant: int) -> Json:
    judged = score if record.status == "measured" else None
    return {
        "name": well_formed(record.image),
        "shown": one_line(record.image),
        "variant": variant,
        "decision": score.decision if score is not None else "unmeasured",
        "low": _short(judged.low if judged is not None else None),
        "high": _short(judged.high if judged is not None else None),
        "worst": judged.worst if judged is not None else "",
        "reason": one_line(record.reason),
        "prompt": lines(record.prompt or ""),
        "seed": None if record.seed is None else str(record.seed),
        "notes": [one_line(note) for note in record.notes],
        "width": record.width,
        "height": record.height,
        "digest": record.digest,
    }


def _verdict(verdict: Verdict | None, reasons: _Reasons) -> JsonValue:
    if verdict is None:
        return None
    return [
        _short(verdict.reading.value),
        DECISIONS.index(verdict.decision),
        reasons.of(verdict.reading.reason),
        _short(verdict.reading.error),
    ]


def _other(reading: Reading, reasons: _Reasons) -> JsonValue:
    return [
        reading.wanted.measurement,
        _short(reading.value),
        reading.unit,
        reasons.of(reading.reason),
        _short(reading.error),
    ]


def _short(value: float | None) -> float | None:
    """Four significant digits: enough to draw and to sort."""
    return None if value is None else float(f"{value:.4g}")
