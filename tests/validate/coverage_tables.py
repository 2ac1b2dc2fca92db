"""coverage.md: how much of the galleries and photographs is measured, and why the rest is not."""

from __future__ import annotations

import re
from collections import Counter

from figures import Headline, page, section, share, table
from metering import PARTS, Meter

from lightmeter.judge.run import Run


def coverage(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figure."""
    runs = {part: meter.run([meter.data / part]) for part in PARTS}
    files = [
        [part, str(len(run.images)), *(str(_status(run)[s]) for s in ("measured", "refused", "skipped"))]
        for part, run in runs.items()
    ]
    refused = [
        [f"{part}/{record.image}", record.status, record.reason]
        for part, run in runs.items()
        for record in run.images
        if record.status == "refused"
    ]
    measured = sum(_status(run)["measured"] for run in runs.values())
    images = measured + len(refused)
    text = page(
        "Coverage",
        section(
            "Files",
            "Skipped files never were images (prompts, extracts).",
            table(["folder", "files", "measured", "refused", "skipped"], files),
            table(["refused", "status", "reason"], refused) if refused else "None was refused.",
        ),
        section(
            "Measurements",
            "Reasons with their figures replaced by `#`; one line each.",
            _measurements(list(runs.values())),
        ),
    )
    return text, [Headline("images measured of those in ai, extra and real", share(measured, images))]


def _status(run: Run) -> Counter[str]:
    return Counter(record.status for record in run.images)


def _measurements(runs: list[Run]) -> str:
    read, reasons = Counter[str](), dict[str, Counter[str]]()
    for reading in (reading for run in runs for reading in run.readings):
        why = reasons.setdefault(reading.wanted.measurement, Counter())
        if reading.value is None:
            why[re.sub(r"\d+(\.\d+)?", "#", reading.reason)] += 1
        else:
            read[reading.wanted.measurement] += 1
    rows = []
    for name, why in sorted(reasons.items()):
        total = read[name] + why.total()
        rows.append([name, share(read[name], total), "; ".join(f"{n} x {r}" for r, n in why.most_common())])
    return table(["measurement", "values", "reasons"], rows)
