"""`lightmeter score --watch`: a live table, and a report whenever the generator pauses."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pydantic import JsonValue
from rich.console import Console
from rich.live import Live
from rich.text import Text

import lightmeter.api
from lightmeter.engine.plan import Settings
from lightmeter.following import Files, Followed, follow
from lightmeter.judge.outcome import outcome
from lightmeter.judge.run import Run
from lightmeter.report import print_run, write
from lightmeter.report.hostile import one_line
from lightmeter.report.live import Board


def watched_score(
    paths: Sequence[str],
    rubric: str,
    parameters: Mapping[str, JsonValue],
    variants: str,
    settings: Settings,
    specification: bool,
    out: Path,
    strict: bool,
    ended: Callable[[], bool] = lambda: False,
    every: float = 1.0,
    idle: float = 3.0,
) -> int:
    """Follow PATHs until Ctrl-C (or SIGTERM); the exit code is that of the last report, 2 where none was."""
    console, board = Console(), Board()
    followed = Followed(paths, settings.limits.confined)
    with _remembering(settings) as kept, _terminable(), Live(console=console, refresh_per_second=4) as live:

        def told(what: str = "") -> None:
            waiting = f"{followed.waiting} being written; " if followed.waiting else ""
            live.update(board.shown(f"{what}{waiting}following {', '.join(paths)}; Ctrl-C ends"))

        def score(files: Files) -> Run:
            chosen = frozenset(files)
            told(f"measuring {len(chosen)}; ")
            return lightmeter.api.score(
                paths,
                rubric,
                parameters=parameters,
                variants=variants,
                settings=kept,
                specification=specification,
                taken=lambda path: path in chosen,
            )

        def show(run: Run) -> None:
            board.add(run)
            told()

        def report(run: Run) -> None:
            write(run, out, strict)
            told(f"report of {len(run.images)} in {out}; ")

        told()
        last = follow(followed, score, show, report, every=every, idle=idle, ended=ended)
    if not console.is_terminal:
        console.print()  # elsewhere the table is printed once, without the end of its last line
    return _ended(last, out, strict, console)


def _ended(last: Run | None, out: Path, strict: bool, console: Console) -> int:
    if last is None:
        console.print("nothing came: no report is written")
        return 2
    result = outcome(last, strict)
    print_run(last, result, console)
    console.print(Text(f"\nreport in {one_line(str(out))}"))
    return result.exit_code


@contextmanager
def _remembering(settings: Settings) -> Iterator[Settings]:
    """Settings with a cache, for every report would measure all files anew; --no-cache gets one for now."""
    if settings.cache is not None:
        yield settings
        return
    with tempfile.TemporaryDirectory(prefix="lightmeter-") as folder:
        yield replace(settings, cache=Path(folder) / "values.sqlite")


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does: `timeout 600 lightmeter score --watch` gets its report."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
