"""What the commands print: progress, tables, and where the files are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from lightmeter.compare.calibrate import Calibration
from lightmeter.engine.cache import Cache
from lightmeter.engine.digests import weights_digest
from lightmeter.engine.plan import Settings, chosen_device, known
from lightmeter.engine.run import Progress as RunProgress
from lightmeter.errors import LightmeterError, RubricError
from lightmeter.judge.outcome import outcome
from lightmeter.judge.rubric import load_rubric, rubric_names
from lightmeter.judge.run import Run
from lightmeter.measure.inputs import parameters_of
from lightmeter.measure.records import Reading
from lightmeter.measure.registry import Measurement, measurements
from lightmeter.report import print_image, print_run, write
from lightmeter.report.calibrated import print_calibration, rubric_text
from lightmeter.report.figures import interval, with_unit
from lightmeter.report.files import folder, place
from lightmeter.report.hostile import lines, one_line
from lightmeter.see.clip_checkpoint import ClipSpec, find_checkpoint
from lightmeter.see.clip_download import download
from lightmeter.see.text import text_reader

_MOST_PRINTED = 12

_OUT = Console()
_ERR = Console(stderr=True)


@contextmanager
def watched() -> Iterator[Callable[[RunProgress], None]]:
    """A progress bar on stderr, so that stdout holds results alone: images, images/s, time left."""
    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_ERR, transient=True) as bar:
        task = bar.add_task("measuring", total=None, speed="")

        def watch(progress: RunProgress) -> None:
            elapsed = bar.tasks[task].elapsed or 0
            speed = f"{progress.done / elapsed:.1f} images/s" if elapsed else ""
            cached = f", {progress.remembered} remembered" if progress.remembered else ""
            bar.update(task, completed=progress.done, total=progress.total, speed=speed + cached)

        yield watch


def finished(run: Run, out: Path | None, strict: bool) -> int:
    """Print a run, write it where asked, and return the exit code."""
    result = outcome(run, strict)
    # Written first: a reader that stops early, such as `| head`, must not cost the report.
    files = write(run, out, strict) if out is not None else []
    print_run(run, result, _OUT)
    if out is not None:
        _say_where(files, out)
    elif run.rubric is None:
        _print_values(run)
    for note in notes(run):
        _ERR.print(Text(f"note: {one_line(note)}"))
    if run.settings.get("interrupted"):
        _ERR.print("interrupted: this covers the images done so far; run the same command again to go on")
        return 2
    return result.exit_code


def notes(run: Run) -> list[str]:
    """What went wrong without ending the run."""
    found = run.settings.get("notes")
    return [str(note) for note in found] if isinstance(found, list) else []


def _print_values(run: Run) -> None:
    for record in run.images[:_MOST_PRINTED]:
        print_image(run, record.image, _OUT)
    if len(run.images) > _MOST_PRINTED:
        _OUT.print(f"{len(run.images) - _MOST_PRINTED} more images: give --out FOLDER for the whole table")


def explained(run: Run, out: Path | None) -> int:
    """Print every criterion of every image of a run (one, usually)."""
    files = write(run, out) if out is not None else []
    for record in run.images:
        print_image(run, record.image, _OUT)
    if out is not None:
        _say_where(files, out)
    return outcome(run, strict=False).exit_code


def _say_where(files: Sequence[Path], out: Path) -> None:
    page = next((file for file in files if file.suffix == ".html"), None)
    opened = f"; open {one_line(str(page))}" if page else ""
    _OUT.print(Text(f"\n{len(files)} files in {one_line(str(out))}{opened}"))


def calibration_written(calibration: Calibration, base: str, out: Path) -> int:
    """Print how the criteria tell the two sets apart and write the rubric; 2 where none does."""
    print_calibration(calibration, _OUT)
    if not any(finding.told_apart for finding in calibration.findings):
        _ERR.print("no criterion tells these images apart: no rubric is written")
        return 2
    place(folder(out.parent) / out.name, rubric_text(calibration, base, out).encode())
    name = escape(one_line(str(out)))
    _OUT.print(f"\n{name} written; judge by it with --rubric {name}")
    return 0


def key_written(readings: Sequence[Reading], out: Path) -> None:
    """Print what was measured of a trial key, and where it is."""
    table = Table("measurement", "value", "what it is", box=None, pad_edge=False)
    for each in readings:
        told = with_unit(each.value, each.unit, each.error) if each.value is not None else each.reason
        name = each.wanted.measurement
        table.add_row(name, escape(told), escape(measurements()[name].summary))
    _OUT.print(table)
    _OUT.print(f"\n{escape(str(out))} written")


def show_rubrics() -> None:
    """Names and titles of the packaged rubrics."""
    table = Table("rubric", "title", "criteria", box=None, pad_edge=False)
    for name in rubric_names():
        rubric = load_rubric(name)
        table.add_row(name, escape(rubric.title), str(len(rubric.criteria)))
    _OUT.print(table)


def show_rubric(name: str) -> None:
    """Every criterion of a rubric, with its interval and its reason."""
    rubric = load_rubric(name)
    _OUT.print(f"[bold]{escape(rubric.title)}[/bold]  ({escape(rubric.name)}, after {escape(rubric.source)})")
    for key, each in rubric.criteria.items():
        unit = measurements()[each.measure].unit
        tolerated = f", tolerated {interval(each.warn, unit)}" if each.warn else ""
        notes = f"weight {each.weight:g}" + (", optional" if each.optional else "")
        _OUT.print(
            f"\n[bold]{escape(key)}[/bold]  {each.measure}: {interval(each.pass_, unit)}{tolerated}; {notes}"
        )
        _OUT.print(f"  {escape(each.why)}", style="dim")


def validate_rubrics(files: Sequence[Path]) -> int:
    """Check each file; 2 if any has a problem."""
    failed = False
    for file in files:
        try:
            rubric = load_rubric(file)
            _OUT.print(Text(f"{one_line(str(file))}: good, {len(rubric.criteria)} criteria"))
        except RubricError as error:
            failed = True
            _ERR.print(Text(lines(str(error))))
    return 2 if failed else 0


def show_measures(name: str | None) -> None:
    """All measurements in a table, or one in full."""
    if name is not None:
        _show_measure(known(name))
        return
    table = Table("measurement", "unit", "family", "what it is", box=None, pad_edge=False)
    for each in measurements().values():
        table.add_row(each.name, each.unit, each.family, escape(each.summary))
    _OUT.print(table)


def _show_measure(measured: Measurement) -> None:
    low, high = measured.bounds
    parameters = [name + ("" if must else " (optional)") for name, must in parameters_of(measured).items()]
    _OUT.print(f"[bold]{measured.name}[/bold]  {escape(measured.unit)}, {low:g} to {high:g}\n")
    _OUT.print(escape(_paragraphs(measured.function.__doc__ or "")) + "\n")
    _OUT.print(f"inputs      {', '.join(measured.inputs)}")
    _OUT.print(f"parameters  {', '.join(parameters) or 'none'}")
    _OUT.print(f"exposure: {measured.exposure}, mirror: {measured.mirror}, rescale: {measured.rescale}")
    _OUT.print(f"tolerance   {measured.tolerance:g} {escape(measured.unit)}")
    _OUT.print(f"source      {escape(measured.source)}")


def _paragraphs(text: str) -> str:
    """A docstring without the line ends that are its source's; the terminal has its own width."""
    return "\n\n".join(" ".join(each.split()) for each in inspect.cleandoc(text).split("\n\n"))


def fetch_clip(given: str | None) -> None:
    """Download CLIP weights, MODEL:TAG or the default's, into the local cache."""
    spec = ClipSpec.parse(given) if given else ClipSpec()
    _OUT.print(f"fetching {escape(str(spec))} from the Hugging Face hub", highlight=False)
    path, digest = download(spec)
    _OUT.print(f"[blue]✓[/blue] {escape(str(path))}\n  sha256 {digest}", highlight=False)


def show_doctor(settings: Settings) -> int:
    """One line per thing that a run needs; 2 if something required is missing."""
    checks: list[tuple[str, Callable[[], str], bool]] = [
        ("lightmeter", lambda: version("lightmeter"), True),
        ("torch", lambda: version("torch"), True),
        ("device", lambda: str(chosen_device(settings.device)), True),
        ("networks", lambda: f"sha256 {weights_digest()[:12]}", True),
        (
            "measurements",
            lambda: f"{len(measurements())} in {len({m.family for m in measurements().values()})} families",
            True,
        ),
        ("rubrics", lambda: ", ".join(load_rubric(name).name for name in rubric_names()), True),
        ("cache", lambda: _cache_line(settings), True),
        ("CLIP", lambda: str(find_checkpoint(settings.clip).path), False),
        ("text", _text_line, False),
    ]
    failed = False
    for name, check, required in checks:
        try:
            _OUT.print(f"[blue]✓[/blue] {name:<13}{escape(one_line(check()))}", highlight=False)
        except LightmeterError as error:
            failed |= required
            mark = "[bold red]✕[/bold red]" if required else "[yellow]–[/yellow]"
            _OUT.print(f"{mark} {name:<13}{escape(lines(str(error)))}", highlight=False)
    return 2 if failed else 0


def _text_line() -> str:
    if text_reader() == "absent":
        raise LightmeterError("no rapidocr: text_area is not measured; pip install 'lightmeter[text]'")
    return text_reader()


def _cache_line(settings: Settings) -> str:
    Cache(settings.cache).close()
    return str(settings.cache)
