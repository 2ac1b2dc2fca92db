"""`run.json`: under which conditions a run was made, and how it came out."""

from __future__ import annotations

import json
from collections import Counter

from pydantic import JsonValue

from lightmeter.judge.outcome import Outcome
from lightmeter.judge.run import Run
from lightmeter.report.figures import DECISIONS
from lightmeter.report.hostile import well_formed


def run_json(run: Run, outcome: Outcome, strict: bool) -> str:
    """The run's settings with `counts`, `decision`, `exit_code`, `headline` and `strict`, keys sorted."""
    record: dict[str, JsonValue] = {
        **run.settings,
        "counts": counts(run),
        "decision": outcome.decision,
        "exit_code": outcome.exit_code,
        "headline": outcome.headline,
        "strict": strict,
    }
    text = json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return well_formed(text) + "\n"


def counts(run: Run) -> dict[str, JsonValue]:
    """Files by status, images by decision, verdicts by decision."""
    statuses = Counter(record.status for record in run.images)
    files: dict[str, JsonValue] = {name: statuses[name] for name in ("measured", "refused", "skipped")}
    images = Counter(score.decision for score in run.scores)
    verdicts = Counter(verdict.decision for verdict in run.verdicts)
    return {
        "files": files,
        "images": {name: images[name] for name in DECISIONS},
        "verdicts": {name: verdicts[name] for name in DECISIONS},
    }
