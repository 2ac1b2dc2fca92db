"""Follow a folder that a generator is filling: measure what comes, rewrite the report when it pauses."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lightmeter.errors import SourceError
from lightmeter.judge.run import Run
from lightmeter.read.remote import is_url
from lightmeter.read.sources import listed

Stamp = tuple[int, int]
"""A file's size and the time of its last change: what is equal at two looks is no longer being written."""

Files = Collection[Path]


@dataclass
class Followed:
    """Files by how far they are: `seen` at the last look, `taken` into the tables, others not whole yet."""

    paths: Sequence[str | Path]
    confined: bool = False
    seen: dict[Path, Stamp] = field(default_factory=dict)
    taken: dict[Path, Stamp] = field(default_factory=dict)

    def look(self) -> dict[Path, Stamp]:
        """The files that are whole and new or changed since they were taken."""
        before, self.seen = self.seen, self._stamps()
        whole = {path: stamp for path, stamp in self.seen.items() if stamp[0] and before.get(path) == stamp}
        return {path: stamp for path, stamp in whole.items() if self.taken.get(path) != stamp}

    @property
    def waiting(self) -> int:
        """How many files are there but not taken yet."""
        return sum(self.taken.get(path) != stamp for path, stamp in self.seen.items())

    def gone(self) -> bool:
        """Whether files that were taken are no longer there, which forgets them."""
        gone = self.taken.keys() - self.seen.keys()
        for path in gone:
            del self.taken[path]
        return bool(gone)

    def _stamps(self) -> dict[Path, Stamp]:
        found = {}
        for path in self._files():
            with suppress(OSError):
                status = path.stat()
                found[path] = (status.st_size, status.st_mtime_ns)
        return found

    def __post_init__(self) -> None:
        if afar := [str(path) for path in self.paths if is_url(path)]:
            raise SourceError(f"{afar[0]}: --watch follows folders of this machine, not stores")

    def _files(self) -> list[Path]:
        """All files; none yet is no error where the folders are there."""
        try:
            return [source.path for source in listed(self.paths, self.confined)]
        except SourceError:
            if all(os.path.isdir(path) for path in self.paths):  # noqa: PTH112
                return []
            raise


def follow(
    followed: Followed,
    score: Callable[[Files], Run],
    show: Callable[[Run], None],
    report: Callable[[Run], None],
    *,
    every: float = 1.0,
    idle: float = 3.0,
    ended: Callable[[], bool] = lambda: False,
) -> Run | None:
    """Measure files as they become whole; report on all of them whenever none came for `idle` seconds.

    score: measures and judges the files named, remembering values. show: gets the run of those that are
    new. report: gets the run of all. Looks every `every` seconds, until Ctrl-C or `ended`; what is not
    reported then is, and the last run reported is returned, None where no file ever came.
    """
    last: Run | None = None
    changed, pending = 0.0, False
    try:
        while not ended():
            new = followed.look()
            if new:
                show(_whole(score(new.keys())))
                followed.taken |= new
            if new or followed.gone():
                changed, pending = time.monotonic(), True
            elif pending and time.monotonic() - changed >= idle:
                last, pending = _reported(followed, score, report), False
            time.sleep(every)
    except KeyboardInterrupt:
        pass
    return _reported(followed, score, report) if pending else last


def _reported(followed: Followed, score: Callable[[Files], Run], report: Callable[[Run], None]) -> Run:
    run = _whole(score(followed.taken.keys()))
    report(run)
    return run


def _whole(run: Run) -> Run:
    """A run that Ctrl-C did not cut short; the engine ends such a run in order instead of raising."""
    if run.settings.get("interrupted"):
        raise KeyboardInterrupt
    return run
