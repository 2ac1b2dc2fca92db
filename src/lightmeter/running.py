"""One run, from PATHs to verdicts: what every function of the facade that measures stands on."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from pydantic import JsonValue

from lightmeter.api import Paths
from lightmeter.engine.digests import weights_digest
from lightmeter.engine.plan import Plan, Settings, clip_digest, plan
from lightmeter.engine.run import Measured, Progress, run
from lightmeter.judge.fulfilment import fulfilments, wanted_by
from lightmeter.judge.model import Rubric, digest
from lightmeter.judge.run import Run
from lightmeter.judge.verdict import judge
from lightmeter.measure.records import Wanted
from lightmeter.read.source import Source
from lightmeter.read.sources import find


def run_of(
    paths: Paths,
    wanted: Sequence[Wanted],
    rubric: Rubric | None,
    variants: str,
    settings: Settings | None,
    watch: Callable[[Progress], None] | None,
    specification: bool = False,
    taken: Callable[[Path], bool] | None = None,
) -> Run:
    """Find, measure and judge; see `lightmeter.score` for the parameters."""
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    settings = settings or Settings()
    sources = find(given, variants, settings.limits.confined, early=specification)
    sources = [source for source in sources if taken is None or taken(source.path)]
    asked = wanted_by(source.prompt for source in sources) if specification else []
    planned = plan([*wanted, *asked], settings)
    measured = _measured(sources, planned, watch)
    about = _about(planned, rubric, given, variants)
    about |= {"remembered": measured.remembered, "interrupted": measured.interrupted}
    if measured.notes:
        about["notes"] = list(measured.notes)
    judged = judge(measured.records, measured.readings, rubric, about)
    held = fulfilments(measured.records, measured.readings) if specification else ()
    return replace(judged, specification=held, pictures=measured.pictures)


def _measured(sources: Sequence[Source], planned: Plan, watch: Callable[[Progress], None] | None) -> Measured:
    if planned.settings.engine == "ray":
        from lightmeter.engine.ray_engine import run_on_ray

        return run_on_ray(sources, planned, watch)
    return run(sources, planned, watch)


def _about(
    planned: Plan, rubric: Rubric | None, paths: Sequence[str | Path], variants: str
) -> dict[str, JsonValue]:
    """What `run.json` says of how a run was made."""
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "version": version("lightmeter"),
        "packages": {name: version(name) for name in ("torch", "open-clip-torch", "numpy", "pillow")},
        "python": platform.python_version(),
        "device": str(planned.device),
        "rubric": None if rubric is None else {"name": rubric.name, "digest": digest(rubric)},
        "weights": weights_digest(),
        "clip": clip_digest(planned.settings.clip) if planned.uses("clip_spec") else None,
        "paths": [str(path) for path in paths],
        "variants": variants,
        "batch": planned.batch,
        "decode": planned.settings.decode,
        "engine": planned.settings.engine,
    }
