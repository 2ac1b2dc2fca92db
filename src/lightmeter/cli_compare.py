"""The commands that decide from recorded runs: their measurements.csv is enough."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lightmeter.cli_options import (
    Batch,
    CacheFile,
    Clip,
    Device,
    NoCache,
    Strict,
    Variants,
    With,
    Workers,
    parameters_of,
    settings_of,
)

if TYPE_CHECKING:
    from lightmeter.compare.comparison import Comparison
    from lightmeter.engine.plan import Settings
    from lightmeter.engine.run import Progress


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
    workers: Workers = 0,
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
            parameters=parameters_of(given),
            variants=variants,
            settings=settings,
            watch=watch,
        )

    if all(is_run(path) for path in paths):
        found = compared(None, None)
    else:
        from lightmeter.console import watched

        with watched() as watch:
            found = compared(settings_of(device, batch, workers, cache, no_cache, clip), watch)
    raise typer.Exit(finished_comparison(found, out))


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


def bless(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A folder with measurements.csv, or the table.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The baseline to write, .csv or .json.")],
) -> None:
    """Accept a run as the baseline of later gates: a small text file to commit."""
    import lightmeter.api

    typer.echo(f"{lightmeter.api.bless(run, out)}: the baseline; commit it")


def merge(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Folders with measurements.csv.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the tables of all together.")],
    rubric: Annotated[
        str | None, typer.Option("--rubric", "-r", help="Also judge: a packaged rubric, or a YAML file.")
    ] = None,
    given: With = None,
    strict: Strict = False,
) -> None:
    """Join recorded runs, shards of one for instance, into one. Exit codes as of score."""
    import lightmeter.api
    from lightmeter.console import finished

    raise typer.Exit(finished(lightmeter.api.merge(runs, rubric, parameters_of(given)), out, strict))
