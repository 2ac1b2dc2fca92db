"""The command line: parse, call the API, print, exit."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lightmeter.cli_compare import bless, compare, gate, merge
from lightmeter.cli_options import (
    Batch,
    CacheFile,
    Clip,
    Confined,
    Decode,
    DecodeSeconds,
    Device,
    Engine,
    MaxMegapixels,
    NoCache,
    Out,
    PathsArgument,
    RubricOption,
    Spec,
    Strict,
    Variants,
    With,
    Workers,
    distributed,
    limited,
    local,
    parameters_of,
    settings_of,
)
from lightmeter.cli_prompts import lint, spec
from lightmeter.cli_shown import demo, doctor, measures, meta, rubrics
from lightmeter.errors import LightmeterError

if TYPE_CHECKING:
    from lightmeter.engine.plan import Settings
    from lightmeter.judge.run import Run

app = typer.Typer(
    name="lightmeter",
    help="Measures AI-generated portraits in physical units and judges them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(rubrics, name="rubric")


@app.command()
def measure(
    paths: PathsArgument,
    only: Annotated[
        str, typer.Option(help="Names of measurements, separated by commas; all if not given.")
    ] = "",
    given: With = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", callback=local, help="Folder for measurements.csv and .parquet."),
    ] = None,
    variants: Variants = "folder",
    device: Device = "auto",
    engine: Engine = "local",
    batch: Batch = 0,
    workers: Workers = 0,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    clip: Clip = None,
    max_megapixels: MaxMegapixels = 200,
    decode_seconds: DecodeSeconds = 60,
    confined: Confined = False,
    decode: Decode = "contained",
) -> None:
    """Measure images, every measurement, without judging them."""
    from lightmeter.api import measured_run
    from lightmeter.console import finished, watched

    settings = settings_of(device, batch, workers, cache, no_cache, clip)
    settings = limited(settings, max_megapixels, decode_seconds, confined, decode)
    settings = distributed(settings, engine, out)
    names = [name.strip() for name in only.split(",") if name.strip()]
    with watched() as watch:
        run = measured_run(
            paths,
            only=names,
            parameters=parameters_of(given),
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
    engine: Engine = "local",
    batch: Batch = 0,
    workers: Workers = 0,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    clip: Clip = None,
    max_megapixels: MaxMegapixels = 200,
    decode_seconds: DecodeSeconds = 60,
    confined: Confined = False,
    decode: Decode = "contained",
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", help="Follow PATHs while they fill; Ctrl-C ends with the last report's exit code."
        ),
    ] = False,
) -> None:
    """Measure images, judge them by a rubric, and write a report.

    An interrupted run goes on where it stopped when it is started again: values are remembered.
    """
    from lightmeter.console import finished

    settings = settings_of(device, batch, workers, cache, no_cache, clip)
    settings = limited(settings, max_megapixels, decode_seconds, confined, decode)
    settings = distributed(settings, engine, out)
    if watch:
        if engine != "local":
            raise LightmeterError("--watch measures in this process: leave --engine out")
        from lightmeter.console_watch import watched_score

        raise typer.Exit(
            watched_score(paths, rubric, parameters_of(given), variants, settings, spec, out, strict)
        )
    raise typer.Exit(finished(_scored(paths, rubric, given, variants, settings, spec), out, strict))


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

    settings = settings_of(device, 1, 1, cache, no_cache, clip)
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
    workers: Workers = 0,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    clip: Clip = None,
) -> None:
    """Find a rubric's thresholds from two folders, and write a rubric with the evidence in it."""
    import lightmeter.api
    from lightmeter.console import calibration_written, watched

    settings = settings_of(device, batch, workers, cache, no_cache, clip)
    with watched() as watch:
        found = lightmeter.api.calibrate(
            good, bad, rubric, parameters=parameters_of(given), settings=settings, watch=watch
        )
    raise typer.Exit(calibration_written(found, rubric, out))


for command in (compare, gate, bless, merge, lint, measures, meta, demo, doctor):
    app.command()(command)
app.command(name="spec")(spec)


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
            parameters=parameters_of(given),
            variants=variants,
            settings=settings,
            watch=watch,
            specification=spec,
        )


def main() -> None:
    """Entry point. Exit codes: 0 pass; 1 a gate fails, or a criterion under --strict; 2 could not tell."""
    from lightmeter.read.harmless import lines

    try:
        app()
    except LightmeterError as error:
        print(f"lightmeter: {lines(str(error))}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None
    except BrokenPipeError:
        # The reader of our output went away; nothing is left to tell it, nor to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        raise SystemExit(2) from None
    except Exception:
        # Python would exit with 1, which here means that a criterion fails.
        traceback.print_exc()
        print("lightmeter: a defect of lightmeter, not of your files: please report it", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None
