"""Run a plan over sources: load ahead, batch by shape, measure, remember."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from lightmeter.engine.album import Album
from lightmeter.engine.batch import Result, measured
from lightmeter.engine.cache import Cache, Value
from lightmeter.engine.cores import cores
from lightmeter.engine.evidence import Portrait
from lightmeter.engine.exact import exact
from lightmeter.engine.heap import kept_heap
from lightmeter.engine.load import Loaded, Ready, Refused, Remembered, loaded_ahead
from lightmeter.engine.plan import Plan
from lightmeter.engine.remember import remember
from lightmeter.measure.records import Evidence, ImageRecord, Reading, Wanted
from lightmeter.measure.registry import measurements
from lightmeter.read.source import Source

_MOST_BYTES = 1 << 30
"""Pixels that may wait for others of their shape."""


@dataclass(frozen=True)
class Progress:
    """How far a run is: images done of all, and how many of those were served from the cache."""

    done: int
    total: int
    remembered: int


@dataclass(frozen=True)
class Measured:
    """Records and readings in the order of the sources; after an interruption, of those done until then.

    notes: what went wrong without ending the run, a line each. pictures: what a report draws, by image.
    """

    records: tuple[ImageRecord, ...]
    readings: tuple[Reading, ...]
    remembered: int
    interrupted: bool
    notes: tuple[str, ...] = ()
    pictures: Mapping[str, Evidence] = field(default_factory=dict)


def run(sources: Sequence[Source], plan: Plan, watch: Callable[[Progress], None] | None = None) -> Measured:
    """Measure every source. Ctrl-C stops it and leaves what is done; the cache lets the next run go on."""
    cache = Cache(plan.settings.cache)
    interrupted = False
    with _measurers(plan) as pool:
        work = _Work(sources, plan, cache, pool, watch or (lambda progress: None))
        try:
            for index, loaded in loaded_ahead(sources, plan, cache):
                work.take(index, loaded)
            work.finish()
        except KeyboardInterrupt:
            interrupted = True
        finally:
            pool.shutdown(cancel_futures=True)
            cache.close()
    return work.measured(interrupted)


def settled(loaded: Iterable[tuple[int, Loaded]], sources: Sequence[Source], plan: Plan) -> Measured:
    """As `run`, of images that were measured elsewhere: all are refused or remembered, in any order."""
    cache = Cache(None)
    with ThreadPoolExecutor(1, "lightmeter-settle") as pool:
        work = _Work(sources, plan, cache, pool, lambda progress: None)
        for index, each in loaded:
            work.take(index, each)
    cache.close()
    return work.measured(interrupted=False)


@contextmanager
def _measurers(plan: Plan) -> Iterator[ThreadPoolExecutor]:
    """Threads that measure: one for a GPU; on the CPU one per core, each with one torch thread.

    Whole images side by side need no waiting for each other, as threads within every small operation
    do; on a busy machine that waiting costs many times the work.
    """
    before = torch.get_num_threads()
    on_cpu = plan.device.type == "cpu"
    torch.set_num_threads(1 if on_cpu else before)
    try:
        with kept_heap() if on_cpu else exact(plan.device):
            yield ThreadPoolExecutor(cores() if on_cpu else 1, "lightmeter-measure")
    finally:
        torch.set_num_threads(before)


@dataclass
class _Done:
    record: ImageRecord
    values: dict[Wanted, Value]


Group = list[tuple[int, Ready]]


@dataclass
class _Work:
    """The state of one run: images that wait for a batch, batches under way, and images that are done."""

    sources: Sequence[Source]
    plan: Plan
    cache: Cache
    pool: ThreadPoolExecutor
    watch: Callable[[Progress], None]
    waiting: dict[tuple[int, ...], Group] = field(default_factory=dict)
    under_way: deque[tuple[Group, Future[list[Result]]]] = field(default_factory=deque)
    done: dict[int, _Done] = field(default_factory=dict)
    album: Album = field(default_factory=Album)
    remembered: int = 0
    fits: int = 0
    """Images that memory held at once, once it did not hold a whole batch; 0 before."""

    def take(self, index: int, loaded: Loaded) -> None:
        """Settle an image that needs no device, or let it wait for a batch of its shape."""
        source = loaded.source
        if isinstance(loaded, Refused):
            self._settle(index, _refused(source, loaded.reason), {})
        elif isinstance(loaded, Remembered):
            self.remembered += 1
            record = self._record(source, loaded.digest, loaded.portrait)
            self._settle(index, record, loaded.values)
        else:
            self.waiting.setdefault(loaded.shape, []).append((index, loaded))
            self._start_what_is_due()

    def finish(self) -> None:
        """Measure what still waits."""
        while self.waiting:
            self._start(self.waiting.pop(next(iter(self.waiting))))
        while self.under_way:
            self._keep(*self.under_way.popleft())

    def measured(self, interrupted: bool) -> Measured:
        """All that is done, in the order of the sources."""
        records, readings = [], []
        for _, each in sorted(self.done.items()):
            records.append(each.record)
            readings += self._readings(each)
        notes = tuple(dict.fromkeys([*self.cache.notes, *self.album.notes, *self._memory_note()]))
        return Measured(tuple(records), tuple(readings), self.remembered, interrupted, notes, self.album)

    def _memory_note(self) -> list[str]:
        if not self.fits or self.plan.batch == 1:
            return []
        return [f"memory did not hold a whole batch: went on with at most {self.fits} at once"]

    def _start_what_is_due(self) -> None:
        fullest = max(self.waiting, key=lambda shape: len(self.waiting[shape]))
        held = sum(ready.bytes for group in self.waiting.values() for _, ready in group)
        crowd = sum(map(len, self.waiting.values()))
        batch = self.fits or self.plan.batch
        if len(self.waiting[fullest]) >= batch or crowd > 4 * batch or held > _MOST_BYTES:
            self._start(self.waiting.pop(fullest))

    def _start(self, group: Group) -> None:
        """Hand a batch to the measurers; never more than they and one waiting batch each. A GPU measures one
        while the next is there."""
        self.under_way.append((group, self.pool.submit(measured, [each for _, each in group], self.plan)))
        if len(self.under_way) > (cores() if self.plan.device.type == "cpu" else 2):
            self._keep(*self.under_way.popleft())

    def _keep(self, group: Group, future: Future[list[Result]]) -> None:
        """Remember a batch in one transaction, then settle its images."""
        results = future.result()
        if any(result.crowded for result in results):
            self.fits = max(1, min(self.fits or len(group), len(group)) // 2)
        remember([ready for _, ready in group], results, self.plan, self.cache)
        for (index, ready), result in zip(group, results, strict=True):
            self._settle(index, self._outcome(ready, result), result.values)

    def _outcome(self, ready: Ready, result: Result) -> ImageRecord:
        if result.portrait is None:
            return _refused(ready.source, result.reason)
        return self._record(ready.source, ready.picture.digest, result.portrait)

    def _record(self, source: Source, digest: str, portrait: Portrait) -> ImageRecord:
        self.album.keep(source.image, portrait)
        return _record(source, digest, portrait)

    def _settle(self, index: int, record: ImageRecord, values: dict[Wanted, Value]) -> None:
        self.done[index] = _Done(record, values)
        self.watch(Progress(len(self.done), len(self.sources), self.remembered))

    def _readings(self, done: _Done) -> list[Reading]:
        """One reading per wanted measurement, none for a file that never was an image."""
        if done.record.status == "skipped":
            return []
        wanted = (*self.plan.runnable, *self.plan.refused)
        ordered = sorted(wanted, key=lambda each: (each.measurement, each.parameters))
        return [self._reading(done, each) for each in ordered]

    def _reading(self, done: _Done, wanted: Wanted) -> Reading:
        missing = Value(None, done.record.reason or self.plan.refused.get(wanted, ""))
        found = done.values.get(wanted, missing)
        return Reading(done.record.image, wanted, measurements()[wanted.measurement].unit, *found)


def _refused(source: Source, reason: str) -> ImageRecord:
    return ImageRecord(
        image=source.image,
        path=str(source.path),
        status="skipped" if source.skip else "refused",
        variant=source.variant,
        prompt=source.prompt,
        seed=source.seed,
        reason=reason,
    )


def _record(source: Source, digest: str, portrait: Portrait) -> ImageRecord:
    return ImageRecord(
        image=source.image,
        path=str(source.path),
        status="measured",
        variant=source.variant,
        prompt=source.prompt,
        seed=source.seed,
        digest=digest,
        width=portrait.width,
        height=portrait.height,
        notes=portrait.notes,
    )
