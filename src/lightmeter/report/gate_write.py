"""Everything that a gate leaves in its folder, and the baseline that a run becomes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

from lightmeter.compare.accepted import ABOUT, DIGITS, TITLE, UNKNOWN, Origin, column
from lightmeter.compare.gate import Gate
from lightmeter.compare.recorded import Recorded
from lightmeter.errors import LightmeterError
from lightmeter.report.files import folder, place
from lightmeter.report.gate_junit import gate_junit
from lightmeter.report.gate_page import gate_page
from lightmeter.report.gate_summary import gate_summary
from lightmeter.report.hostile import csv_cell, one_line, well_formed


def write_gate(gate: Gate, out: Path) -> list[Path]:
    """`gate.md`, `gate.html` and `gate-junit.xml`; a LightmeterError where that cannot be."""
    target = folder(out)
    return [place(target / name, content) for name, content in _contents(gate)]


def _contents(gate: Gate) -> Iterator[tuple[str, bytes]]:
    yield "gate-junit.xml", gate_junit(gate)
    yield "gate.md", gate_summary(gate).encode()
    yield "gate.html", gate_page(gate).encode()


def write_baseline(run: Recorded, origin: Origin, out: Path) -> Path:
    """A run as text that shows what changed: one line per image, sorted, rounded to 6 digits, no pictures."""
    shapes = {".csv": _csv, ".json": _json}
    if out.suffix.lower() not in shapes:
        raise LightmeterError(f"{out}: a baseline is a .csv or a .json file")
    folder(out.parent)
    return place(out, well_formed(shapes[out.suffix.lower()](_head(origin), _table(run))).encode())


def _head(origin: Origin) -> dict[str, str]:
    about = {
        "version": origin.version,
        "rubric": origin.rubric,
        "digest": origin.digest,
        "weights": origin.weights,
    }
    return {key: one_line(value) or UNKNOWN for key, value in about.items()}


def _table(run: Recorded) -> list[list[str]]:
    asked = sorted({(column(r.wanted, r.unit), r.wanted) for r in run.readings}, key=lambda each: each[0])
    values = {(r.image, r.wanted): r.value for r in run.readings}
    rows = []
    for record in sorted(run.images, key=lambda each: each.image):
        if record.status != "skipped":
            about = [record.image, record.variant, record.prompt or "", _text(record.seed)]
            rows.append(about + [_text(values.get((record.image, wanted))) for _, wanted in asked])
    return [[*ABOUT, *(name for name, _ in asked)], *rows]


def _text(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.{DIGITS}g}"


def _csv(head: dict[str, str], table: list[list[str]]) -> str:
    text = io.StringIO()
    text.write(f"# {TITLE}\n" + "".join(f"# {key}: {value}\n" for key, value in head.items()))
    writer = csv.writer(text, lineterminator="\n")
    texts = len(ABOUT) - 1  # the seed and the values are numbers: a minus before one is no formula
    writer.writerow(map(csv_cell, table[0]))
    writer.writerows([*map(csv_cell, row[:texts]), *row[texts:]] for row in table[1:])
    return text.getvalue()


def _json(head: dict[str, str], table: list[list[str]]) -> str:
    lines = [json.dumps(key) + ": " + json.dumps(value) for key, value in {"format": TITLE, **head}.items()]
    rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in table)
    return "{\n" + ",\n".join(lines) + ',\n"table": [\n' + rows + "\n]\n}\n"
