"""Commands that show what there is: rubrics, measurements, how images were made, this installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lightmeter.cli_options import CacheFile, Clip, Device, Out, PathsArgument, settings_of

rubrics = typer.Typer(help="The rubrics that images are judged by.", no_args_is_help=True)


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


def measures(name: Annotated[str | None, typer.Argument(help="One measurement, in full.")] = None) -> None:
    """List all measurements, or say all of one: unit, range, parameters, source."""
    from lightmeter.console import show_measures

    show_measures(name)


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


def demo(
    out: Out = Path("lightmeter-demo"),
    device: Device = "auto",
) -> None:
    """Score pictures that come with dependencies, and controlled damage done to them."""
    from lightmeter.demo import run_demo

    raise typer.Exit(run_demo(out, settings_of(device, 0, 0, None, True, None)))


def doctor(
    device: Device = "auto",
    cache: CacheFile = None,
    clip: Clip = None,
    download: Annotated[
        bool, typer.Option("--download", help="First fetch the CLIP weights and verify their digest.")
    ] = False,
) -> None:
    """Check this installation: packages, device, networks, cache, CLIP weights."""
    from lightmeter.console import fetch_clip, show_doctor

    if download:
        fetch_clip(clip)

    raise typer.Exit(show_doctor(settings_of(device, 1, 1, cache, False, clip)))
