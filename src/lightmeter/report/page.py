"""`report.html`: one file that works from disk, asks nothing of any network and runs only its own script."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.metadata import version

from markupsafe import Markup
from pydantic import JsonValue

from lightmeter.judge.outcome import Outcome
from lightmeter.judge.run import Run
from lightmeter.report.comparison import columns, rows
from lightmeter.report.demanded import MARKS, tally, value_of
from lightmeter.report.figures import DECISIONS, SYMBOLS
from lightmeter.report.gaps import absent, gaps, not_read
from lightmeter.report.hostile import one_line, well_formed
from lightmeter.report.page_data import MOST_PICTURES, chosen, payload
from lightmeter.report.runfile import counts
from lightmeter.report.scales import scales
from lightmeter.report.strips import MOST_DOTS
from lightmeter.report.templates import asset, environment

MOST_FILES = 20
MOST_ASKED = 500


def page(run: Run, outcome: Outcome, most_pictures: int = MOST_PICTURES) -> str:
    """The whole report: variants side by side, the gallery, and a view of each image."""
    if run.rubric is None:
        raise ValueError("a run without a rubric has no report page")
    script = asset("report.js")
    return (
        environment(one_lined=False)
        .get_template("report.html.jinja")
        .render(
            policy=_policy(script),
            style=Markup(asset("report.css")),
            script=Markup(script),
            title=one_line(run.rubric.title),
            symbols=SYMBOLS,
            **_header(run, outcome),
            **_unmeasured(run),
            **_asked(run),
            **_judged(run, chosen(run, most_pictures)),
        )
    )


def _judged(run: Run, embedded: frozenset[str]) -> dict[str, object]:
    axes = scales(run)
    title = one_line(run.rubric.title) if run.rubric is not None else ""
    total = sum(record.status != "skipped" for record in run.images)
    return {
        "data": Markup(payload(run, title, axes, embedded)),
        "variants": columns(run),
        "criteria": rows(run, axes),
        "crowded": any(column.images > MOST_DOTS for column in run.totals),
        "count": total,
        "embedded": len(embedded),
        "left_out": total - len(embedded) if len(run.pictures) > len(embedded) else 0,
    }


def _header(run: Run, outcome: Outcome) -> dict[str, JsonValue]:
    images = counts(run)["images"]
    tally = images if isinstance(images, dict) else {}
    settings = json.dumps(dict(run.settings), indent=2, sort_keys=True, ensure_ascii=False)
    return {
        "rubric": one_line(run.rubric.name) if run.rubric is not None else "",
        "decision": outcome.decision,
        "headline": one_line(outcome.headline),
        "tally": [{"decision": name, "count": tally.get(name, 0)} for name in DECISIONS],
        "date": _setting(run, "date"),
        "version": _setting(run, "version") or version("lightmeter"),
        "settings": well_formed(settings),
    }


def _unmeasured(run: Run) -> dict[str, JsonValue]:
    unread = not_read(run)
    return {
        "absent": [{"names": list(a.measurements), "reason": one_line(a.reason)} for a in absent(run)],
        "gaps": [
            {"measurement": g.measurement, "reason": one_line(g.reason), "count": g.count} for g in gaps(run)
        ],
        "not_read": [{"name": one_line(r.image), "reason": one_line(r.reason)} for r in unread[:MOST_FILES]],
        "not_read_more": max(0, len(unread) - MOST_FILES),
    }


def _asked(run: Run) -> dict[str, JsonValue]:
    """Each image against its prompt; the template escapes the words."""
    rows: list[JsonValue] = [
        {
            "image": one_line(each.image),
            "words": one_line(each.ask.said),
            "measurement": each.ask.measured_by,
            "wanted": each.ask.interval,
            "value": one_line(value_of(each)),
            "mark": MARKS[each.met],
        }
        for each in run.specification[:MOST_ASKED]
    ]
    more = max(0, len(run.specification) - MOST_ASKED)
    return {"asked": rows, "asked_tally": tally(run) if rows else "", "asked_more": more}


def _setting(run: Run, name: str) -> str:
    """A text among the run's settings, as `run.json` will show it."""
    value = run.settings.get(name)
    return one_line(value) if isinstance(value, str) else ""


def _policy(script: str) -> str:
    """Nothing may load, except pictures inside the file, its styles, and exactly this script."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
