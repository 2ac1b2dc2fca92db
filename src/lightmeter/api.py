"""The things that lightmeter does, as functions: measure, score, compare, gate and calibrate."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from lightmeter.errors import LightmeterError

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import JsonValue

    from lightmeter.compare.calibrate import Calibration
    from lightmeter.compare.comparison import Comparison
    from lightmeter.compare.correction import Correction
    from lightmeter.compare.gate import Gate
    from lightmeter.compare.recorded import Recorded
    from lightmeter.engine.plan import Settings
    from lightmeter.engine.run import Progress
    from lightmeter.judge.model import Rubric
    from lightmeter.judge.run import Run
    from lightmeter.measure.records import Reading

Paths = str | Path | Sequence[str | Path]


def measure(
    paths: Paths,
    *,
    only: Sequence[str] = (),
    parameters: Mapping[str, JsonValue] | None = None,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Measure images without judging them.

    paths: images, folders, globs or manifests. only: names of measurements, all if empty. parameters:
    what measurements ask for besides the image, such as `key_colour="#ff0080"`. Returns the long table of
    `measurements.csv`: image, variant, prompt, seed, measurement, value, error, unit, reason, parameters;
    one row per image and measurement, NaN with a reason where not measured.
    """
    from lightmeter.report.tables import measurements_frame

    return measurements_frame(measured_run(paths, only=only, parameters=parameters, settings=settings))


def score(
    paths: Paths,
    rubric: str | Path | Rubric = "hyperreal-character",
    *,
    parameters: Mapping[str, JsonValue] | None = None,
    variants: str = "folder",
    settings: Settings | None = None,
    watch: Callable[[Progress], None] | None = None,
    specification: bool = False,
    taken: Callable[[Path], bool] | None = None,
) -> Run:
    """Measure images and judge them by a rubric: a packaged one by name, or a file.

    parameters win over the rubric's own. variants: "folder", "metadata" (equal prompt and model), or a
    manifest with the columns path and variant. watch is called after every image. specification: also
    hold each image against its own prompt. taken: whether to take a file that was found.
    `lightmeter.report.write(run, folder)` writes it all.
    """
    from lightmeter.judge.model import wanted
    from lightmeter.judge.rubric import Rubric, load_rubric
    from lightmeter.running import run_of

    judged = rubric if isinstance(rubric, Rubric) else load_rubric(rubric)
    judged = judged.with_parameters(parameters) if parameters else judged
    return run_of(paths, wanted(judged), judged, variants, settings, watch, specification, taken)


def calibrate(
    good: Paths,
    bad: Paths,
    rubric: str | Path | Rubric = "hyperreal-character",
    *,
    parameters: Mapping[str, JsonValue] | None = None,
    settings: Settings | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> Calibration:
    """Find a rubric's thresholds from images that are good and images that are not.

    Per criterion: the AUC with its 95 % interval, a p adjusted for all criteria, the thresholds, and how
    often they are right on images left out. Raises LightmeterError where there are too few images to tell.
    """
    from lightmeter.compare.calibrate import calibrated
    from lightmeter.engine.plan import Settings
    from lightmeter.judge.rubric import Rubric, load_rubric

    judged = rubric if isinstance(rubric, Rubric) else load_rubric(rubric)
    plain = replace(settings or Settings(), evidence=False)
    runs = (score(each, judged, parameters=parameters, settings=plain, watch=watch) for each in (good, bad))
    return calibrated(judged, *runs)


def compare(
    paths: Paths,
    baseline: str,
    *,
    rubric: str | Path | Rubric | None = None,
    correction: Correction = "holm",
    effect: float | None = None,
    parameters: Mapping[str, JsonValue] | None = None,
    variants: str = "folder",
    settings: Settings | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> Comparison:
    """Compare every variant with the variant `baseline`, criterion by criterion.

    paths: recorded runs (a folder with measurements.csv, or the table), which need neither images nor torch;
    other paths are measured first, as `score` and `measure` would, with parameters, variants and settings.
    rubric: says which way is better; without one, values are higher or lower. effect: the difference worth
    finding, in standard deviations of single images. `lightmeter.write(comparison, folder)` writes it.
    """
    from lightmeter.compare.compared import compared
    from lightmeter.compare.power import EFFECT
    from lightmeter.compare.recorded import is_run, read_run

    given = [paths] if isinstance(paths, str | Path) else list(paths)
    images = [path for path in given if not is_run(path)]
    judged = _rubric(rubric, parameters, checked=bool(images))
    runs = [read_run(path) for path in given if is_run(path)]
    if images:
        runs.append(_measured_now(images, judged, parameters, variants, settings, watch))
    sure = EFFECT if effect is None else effect
    return compared(runs, baseline, judged, correction=correction, effect=sure)


def gate(
    run: str | Path,
    baseline: str | Path,
    *,
    policy: str | Path | None = None,
    rubric: str | Path | Rubric | None = None,
) -> Gate:
    """Check a recorded run against a baseline: another run, or a file of `bless`.

    policy: a YAML file of bars, margins and limits; without one every criterion of the rubric, or every
    measurement of the baseline, is asked for a regression. rubric wins over the policy's. Neither images nor
    torch are needed. `lightmeter.compare.gate.decided(gate)` has the verdict and the exit code.
    """
    from lightmeter.compare.accepted import read_either
    from lightmeter.compare.gated import gated
    from lightmeter.compare.policy import Policy, read_policy
    from lightmeter.judge.model import UNCHECKED
    from lightmeter.judge.rubric import Rubric, load_rubric
    from lightmeter.judge.shelf import located

    rules, source = (Policy(), None) if policy is None else read_policy(policy)
    judged = rubric if isinstance(rubric, Rubric) else None
    if isinstance(rubric, str | Path):
        judged = load_rubric(rubric, UNCHECKED)
    elif rubric is None and rules.rubric is not None and policy is not None:
        place = located(rules.rubric, Path(policy).parent)
        judged = load_rubric(place, UNCHECKED)
    runs = [read_either(path) for path in (run, baseline)]
    return gated(runs[0][0], runs[1][0], (runs[0][1], runs[1][1]), rules, judged, source)


def bless(run: str | Path, out: str | Path) -> Path:
    """Accept a recorded run as the baseline of later gates: a small .csv or .json for the repository."""
    from lightmeter.compare.accepted import read_either
    from lightmeter.report.gate_write import write_baseline

    recorded, origin = read_either(run)
    return write_baseline(recorded, origin, Path(out))


def _rubric(
    rubric: str | Path | Rubric | None,
    parameters: Mapping[str, JsonValue] | None,
    checked: bool = True,
) -> Rubric | None:
    """checked: against the registry of measurements, which loads torch; parameters are, always."""
    if rubric is None:
        return None
    from lightmeter.judge.model import UNCHECKED
    from lightmeter.judge.rubric import Rubric, load_rubric

    known = None if checked or parameters else UNCHECKED
    judged = rubric if isinstance(rubric, Rubric) else load_rubric(rubric, known)
    return judged.with_parameters(parameters) if parameters else judged


def _measured_now(
    paths: Sequence[str | Path],
    rubric: Rubric | None,
    parameters: Mapping[str, JsonValue] | None,
    variants: str,
    settings: Settings | None,
    watch: Callable[[Progress], None] | None,
) -> Recorded:
    """Images as a recorded run; an interruption is an error, because half a variant is not that variant."""
    from lightmeter.compare.recorded import Recorded
    from lightmeter.engine.plan import Settings, everything
    from lightmeter.judge.model import wanted
    from lightmeter.running import run_of

    plain = replace(settings or Settings(), evidence=False)
    asked = everything(parameters or {}, ()) if rubric is None else wanted(rubric)
    run = run_of(paths, asked, rubric, variants, plain, watch)
    if run.settings.get("interrupted"):
        raise LightmeterError("interrupted: values are remembered, run the same command again to go on")
    return Recorded(", ".join(str(path) for path in paths), run.images, run.readings)


def key(
    path: str | Path, out: str | Path, *, backdrop: str | None = None, device: str = "auto"
) -> tuple[Reading, ...]:
    """Pull a trial key: write the subject of one image as a PNG with alpha, at its native size.

    backdrop: "#rrggbb" of an even backdrop to key by; what is seen of it, fitted, if not given. Returns what
    is measured of the edges and of what a key by one colour would leave. Raises LightmeterError where there
    is no subject, no backdrop, or `out` cannot be written.
    """
    from PIL import Image

    from lightmeter.engine.trial_key import trial_key
    from lightmeter.measure.background.key_lab import rgb
    from lightmeter.read.remote import place

    found = trial_key(place(path), None if backdrop is None else rgb(backdrop), device)
    try:
        Image.fromarray(found.rgba).save(out, "PNG")
    except OSError as error:
        raise LightmeterError(f"{out}: cannot be written: {error.strerror or error}") from error
    return found.readings


def merge(
    runs: Sequence[str | Path],
    rubric: str | Path | Rubric | None = None,
    parameters: Mapping[str, JsonValue] | None = None,
) -> Run:
    """Join recorded runs, shards of one for instance, into one; judged by a rubric where one is given.

    Reads measurements.csv alone: there are no pictures in its report. An image that two runs have with equal
    values is one image; with other values, both are kept under the names of their runs.
    """
    from lightmeter.compare.merged import about, merged
    from lightmeter.compare.recorded import read_run
    from lightmeter.judge.model import digest
    from lightmeter.judge.verdict import judge

    judged = _rubric(rubric, parameters)
    read = [read_run(path) for path in runs]
    whole = merged(read)
    settings: dict[str, JsonValue] = {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "version": version("lightmeter"),
        "rubric": None if judged is None else {"name": judged.name, "digest": digest(judged)},
        **about(read),
    }
    return judge(whole.images, whole.readings, judged, settings)


def measured_run(
    paths: Paths,
    *,
    only: Sequence[str] = (),
    parameters: Mapping[str, JsonValue] | None = None,
    variants: str = "folder",
    settings: Settings | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> Run:
    """As `measure`, but the whole run, for writing; without a page to draw, it keeps no evidence."""
    from lightmeter.engine.plan import Settings, everything
    from lightmeter.running import run_of

    plain = replace(settings or Settings(), evidence=False)
    return run_of(paths, everything(parameters or {}, only), None, variants, plain, watch)
