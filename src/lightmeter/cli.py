"""The command line: parse, call the API, print, exit."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lightmeter.cli_prompts import lint, spec
from lightmeter.errors import LightmeterError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from lightmeter.compare.comparison import Comparison
    from lightmeter.engine.plan import Settings
    from lightmeter.engine.run import Progress
    from lightmeter.judge.run import Run

app = typer.Typer(
    name="lightmeter",
    help="Measures AI-generated portraits in physical units and judges them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
rubrics = typer.Typer(help="The rubrics that images are judged by.", no_args_is_help=True)
app.add_typer(rubrics, name="rubric")
app.command()(lint)
app.command(name="spec")(spec)

PathsArgument = Annotated[
    list[str], typer.Argument(metavar="PATH...", help="Images, folders, globs, or manifests (.csv, .jsonl).")
]
With = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="NAME=VALUE", help="A parameter, such as key_colour=#ff0080. Repeatable."),
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Batch = Annotated[
    int,
    typer.Option(
        min=0,
        help="Images of one shape measured at once, 0 for what suits the device; values do not depend on it.",
    ),
]
Workers = Annotated[int, typer.Option(min=1, help="Threads that read and decode ahead.")]
CacheFile = Annotated[
    Path | None,
    typer.Option("--cache", help="File of remembered values.", show_default="in the user's cache folder"),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Measure everything anew and remember nothing.")]
Clip = Annotated[
    str | None, typer.Option(metavar="MODEL:CHECKPOINT", help="CLIP weights: a tag or a .safetensors path.")
]
Variants = Annotated[
    str,
    typer.Option(
        help="'folder', 'metadata' (by prompt and model), or a manifest with the columns path and variant."
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit 1 if a criterion fails, 2 if one is unmeasured.")
]
Spec = Annotated[bool, typer.Option("--spec", help="Also hold each image against its own prompt.")]
RubricOption = Annotated[
    str, typer.Option("--rubric", "-r", help="A packaged rubric by name, or a YAML file.")
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the report and the tables.")]


@app.command()
def measure(
    paths: PathsArgument,
    only: Annotated[
        str, typer.Option(help="Names of measurements, separated by commas; all if not given.")
    ] = "",
    given: With = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for measurements.csv and .parquet.")
    ] = None,
    variants: Variants = "folder",
    device: Device = "auto",
    batch: Batch = 0,
    workers: Workers = 2,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    clip: Clip = None,
) -> None:
    """Measure images, every measurement, without judging them."""
    from lightmeter.api import measured_run
    from lightmeter.console import finished, watched

    settings = _settings(device, batch, workers, cache, no_cache, clip)
    names = [name.strip() for name in only.split(",") if name.strip()]
    with watched() as watch:
        run = measured_run(
            paths,
            only=names,
            parameters=_parameters(given),
            variants=variants,
            settings=settings,
            watch=watch,
        )
    raise typer.Exit(finished(run, out, strict=False))


@app.command()
def score(
    paths: PathsArgument,
    rubric: RubricOption = "hyperreal-character",
    given: With = None,
    out: Out = Path("lightmeter-report"),
    variants: Variants = "folder",
    strict: Strict = False,
    spec: Spec = False,
    device: Device = "auto",
    batch: Batch = 0,
    workers: Workers = 2,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    clip: Clip = None,
) -> None:
    """Measure images, judge them by a rubric, and write a report.

    An interrupted run goes on where it stopped when it is started again: values are remembered.
    """
    from lightmeter.console import finished

    settings = _settings(device, batch, workers, cache, no_cache, clip)
    raise typer.Exit(finished(_scored(paths, rubric, given, variants, settings, spec), out, strict))


@app.command()
def compare(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN|PATH...", help="Folders with measurements.csv, or images to measure first."
        ),
    ],
    baseline: Annotated[
        str, typer.Option("--baseline", "-b", help="The variant to compare the others with.")
    ],
    rubric: Annotated[
        str | None,
        typer.Option("--rubric", "-r", help="Says which way is better: a packaged rubric, or a YAML file."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for comparison.csv, .md and .html.")
    ] = None,
    correction: Annotated[
        Literal["holm", "bh"],
        typer.Option(help="For many criteria at once: no false alarm, or a small share."),
    ] = "holm",
    effect: Annotated[
        float,
        typer.Option(min=0.05, help="The difference worth finding, in standard deviations of single images."),
    ] = 0.8,
    given: With = None,
    variants: Variants = "folder",
    device: Device = "auto",
    batch: Batch = 0,
    workers: Workers = 2,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    clip: Clip = None,
) -> None:
    """Compare prompt variants with a baseline: which is better, by how much, and how sure that is.

    Recorded runs are read from their measurements.csv alone. Exit 0 when done, 2 when it could not.
    """
    import lightmeter.api
    from lightmeter.compare.recorded import is_run
    from lightmeter.report.contrast_terminal import finished_comparison

    def compared(settings: Settings | None, watch: Callable[[Progress], None] | None) -> Comparison:
        return lightmeter.api.compare(
            paths,
            baseline,
            rubric=rubric,
            correction=correction,
            effect=effect,
            parameters=_parameters(given),
            variants=variants,
            settings=settings,
            watch=watch,
        )

    if all(is_run(path) for path in paths):
        found = compared(None, None)
    else:
        from lightmeter.console import watched

        with watched() as watch:
            found = compared(_settings(device, batch, workers, cache, no_cache, clip), watch)
    raise typer.Exit(finished_comparison(found, out))


@app.command()
def gate(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A folder with measurements.csv, or the table.")],
    baseline: Annotated[
        str, typer.Option("--baseline", "-b", help="A run, or a file of `lightmeter bless`.")
    ],
    policy: Annotated[
        str | None, typer.Option("--policy", "-p", help="A YAML file of bars, margins and limits.")
    ] = None,
    rubric: Annotated[
        str | None,
        typer.Option("--rubric", "-r", help="Says which way is worse: a packaged rubric, or a YAML file."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for gate.md, .html and gate-junit.xml.")
    ] = None,
    shape: Annotated[
        Literal["text", "github"], typer.Option("--format", help="For people, or annotations for GitHub.")
    ] = "text",
) -> None:
    """Fail where a run is worse than its baseline, or misses a bar; from measurements.csv alone.

    Exit 0 pass, 1 worse or a bar missed, 2 something could not be measured or compared.
    """
    import lightmeter.api
    from lightmeter.report.gate_terminal import finished_gate

    found = lightmeter.api.gate(run, baseline, policy=policy, rubric=rubric)
    raise typer.Exit(finished_gate(found, out, shape))


@app.command()
def bless(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A folder with measurements.csv, or the table.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The baseline to write, .csv or .json.")],
) -> None:
    """Accept a run as the baseline of later gates: a small text file to commit."""
    import lightmeter.api

    typer.echo(f"{lightmeter.api.bless(run, out)}: the baseline; commit it")


@app.command()
def explain(
    image: Annotated[str, typer.Argument(help="One image.")],
    rubric: RubricOption = "hyperreal-character",
    given: With = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Also write its report here.")] = None,
    device: Device = "auto",
    cache: CacheFile = None,
    no_cache: NoCache = False,
    clip: Clip = None,
) -> None:
    """Show every criterion of one image: what it has, what is wanted, and why that matters."""
    from lightmeter.console import explained

    settings = _settings(device, 1, 1, cache, no_cache, clip)
    raise typer.Exit(explained(_scored([image], rubric, given, "folder", settings), out))


@app.command()
def key(
    image: Annotated[str, typer.Argument(help="One image.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The PNG to write.")],
    backdrop: Annotated[
        str | None, typer.Option(metavar="#RRGGBB", help="Key by this colour, not by the backdrop as seen.")
    ] = None,
    device: Device = "auto",
) -> None:
    """Pull a trial key: write the subject with alpha, and say what goes wrong at its edges."""
    import lightmeter.api
    from lightmeter.console import key_written

    key_written(lightmeter.api.key(image, out, backdrop=backdrop, device=device), out)


@app.command()
def calibrate(
    good: Annotated[str, typer.Argument(help="Folder, glob or manifest of images as they should be.")],
    bad: Annotated[str, typer.Argument(help="The same of images that fail.")],
    rubric: RubricOption = "hyperreal-character",
    given: With = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The rubric file to write.")] = Path(
        "calibrated.yaml"
    ),
    device: Device = "auto",
    batch: Batch = 0,
    workers: Workers = 2,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    clip: Clip = None,
) -> None:
    """Find a rubric's thresholds from two folders, and write a rubric with the evidence in it."""
    import lightmeter.api
    from lightmeter.console import calibration_written, watched

    settings = _settings(device, batch, workers, cache, no_cache, clip)
    with watched() as watch:
        found = lightmeter.api.calibrate(
            good, bad, rubric, parameters=_parameters(given), settings=settings, watch=watch
        )
    raise typer.Exit(calibration_written(found, rubric, out))


@rubrics.command("list")
def rubric_list() -> None:
    """The packaged rubrics."""
    from lightmeter.console import show_rubrics

    show_rubrics()


@rubrics.command("show")
def rubric_show(
    rubric: Annotated[str, typer.Argument(help="A packaged rubric by name, or a YAML file.")],
) -> None:
    """Every criterion of a rubric, with its interval and its reason."""
    from lightmeter.console import show_rubric

    show_rubric(rubric)


@rubrics.command("validate")
def rubric_validate(files: Annotated[list[Path], typer.Argument(help="YAML files.")]) -> None:
    """Check rubric files; every problem is named with its line. Exit 2 if there is any."""
    from lightmeter.console import validate_rubrics

    raise typer.Exit(validate_rubrics(files))


@app.command()
def measures(name: Annotated[str | None, typer.Argument(help="One measurement, in full.")] = None) -> None:
    """List all measurements, or say all of one: unit, range, parameters, source."""
    from lightmeter.console import show_measures

    show_measures(name)


@app.command()
def meta(
    paths: PathsArgument,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, one per file.")] = False,
    hidden: Annotated[
        bool, typer.Option("--hidden", help="Also decode pixels, for text in the lowest bits of alpha.")
    ] = False,
) -> None:
    """Show how images were made: prompt, seed, settings and tool, or why nothing is found."""
    from lightmeter.read.sources import made
    from lightmeter.report.generations import print_generations, print_json_lines

    found = made(paths, hidden)
    if as_json:
        print_json_lines(found)
    else:
        print_generations(found)


@app.command()
def demo(
    out: Out = Path("lightmeter-demo"),
    device: Device = "auto",
) -> None:
    """Score pictures that come with dependencies, and controlled damage done to them."""
    from lightmeter.demo import run_demo

    raise typer.Exit(run_demo(out, _settings(device, 0, 2, None, True, None)))


@app.command()
def doctor(
    device: Device = "auto",
    cache: CacheFile = None,
    clip: Clip = None,
) -> None:
    """Check this installation: packages, device, networks, cache, CLIP weights."""
    from lightmeter.console import show_doctor

    raise typer.Exit(show_doctor(_settings(device, 1, 1, cache, False, clip)))


def _scored(
    paths: list[str],
    rubric: str,
    given: list[str] | None,
    variants: str,
    settings: Settings,
    spec: bool = False,
) -> Run:
    import lightmeter.api
    from lightmeter.console import watched

    with watched() as watch:
        return lightmeter.api.score(
            paths,
            rubric,
            parameters=_parameters(given),
            variants=variants,
            settings=settings,
            watch=watch,
            specification=spec,
        )


def _settings(
    device: str,
    batch: int,
    workers: int,
    cache: Path | None,
    no_cache: bool,
    clip: str | None,
) -> Settings:
    from lightmeter.engine.plan import Settings, default_cache
    from lightmeter.see.clip import ClipSpec
    from lightmeter.see.clip_checkpoint import find_checkpoint

    spec = ClipSpec.parse(clip) if clip else ClipSpec()
    if clip:
        find_checkpoint(spec)
    kept = None if no_cache else cache or default_cache()
    return Settings(device=device, batch=batch, workers=workers, cache=kept, clip=spec)


def _parameters(given: list[str] | None) -> dict[str, JsonValue]:
    """NAME=VALUE pairs; a value that is JSON is read as such, so that lists and numbers can be given."""
    parameters: dict[str, JsonValue] = {}
    for pair in given or ():
        name, separator, value = pair.partition("=")
        if not separator or not name.strip():
            raise LightmeterError(f"--with {pair!r} is not NAME=VALUE, for example key_colour=#ff0080")
        try:
            parameters[name.strip()] = json.loads(value)
        except ValueError:
            parameters[name.strip()] = value
    return parameters


def main() -> None:
    """Entry point. Exit codes: 0 pass; 1 a gate fails, or a criterion under --strict; 2 could not tell."""
    try:
        app()
    except LightmeterError as error:
        print(f"lightmeter: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None
    except BrokenPipeError:
        # The reader of our output went away; nothing is left to tell it, nor to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        raise SystemExit(2) from None
