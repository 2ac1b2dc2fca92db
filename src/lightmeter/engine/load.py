"""Getting images ready ahead of the device: bytes, then what is remembered of them, then pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from torch import Tensor

from lightmeter.engine.cache import Cache, Value
from lightmeter.engine.evidence import Portrait
from lightmeter.engine.plan import Plan
from lightmeter.errors import UnreadableImage
from lightmeter.measure.records import Wanted
from lightmeter.read.decode import bytes_of, picture
from lightmeter.read.isolated import isolated
from lightmeter.read.picture import Picture
from lightmeter.read.source import Source, completed


@dataclass(frozen=True)
class Refused:
    """A source that has no pixels, and why."""

    reason: str
    source: Source


@dataclass(frozen=True)
class Remembered:
    """An image whose every value is known already."""

    digest: str
    portrait: Portrait
    values: dict[Wanted, Value]
    source: Source


@dataclass(frozen=True)
class Ready:
    """An image to be measured: its pixels, its frame (3, h, w), scene-linear, and what asked for it."""

    picture: Picture
    frame: Tensor
    source: Source

    @property
    def prompt(self) -> str | None:
        return self.source.prompt

    @property
    def bytes(self) -> int:
        """Memory that it holds."""
        return int(self.picture.encoded.nbytes) + self.frame.numel() * self.frame.element_size()


Loaded = Refused | Remembered | Ready


def loaded_ahead(sources: Sequence[Source], plan: Plan, cache: Cache) -> Iterator[tuple[int, Loaded]]:
    """Each source with its index, in order, loaded in threads a few images ahead of the one asked for."""
    numbered = iter(enumerate(sources))
    with ThreadPoolExecutor(plan.settings.workers, "lightmeter-read") as pool:
        waiting: list[tuple[int, Future[Loaded]]] = []
        try:
            while True:
                room = plan.settings.workers + 1 - len(waiting)
                waiting += [(i, pool.submit(load, each, plan, cache)) for i, each in islice(numbered, room)]
                if not waiting:
                    return
                index, future = waiting.pop(0)
                yield index, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def load(source: Source, plan: Plan, cache: Cache) -> Loaded:
    """Read one source as far as needed: a remembered image is hashed, but not decoded.

    What comes out holds the source as it is known then: an object of a store tells its prompt only now.
    """
    if source.skip:
        return Refused(source.skip, source)
    limits = plan.settings.limits
    try:
        data = bytes_of(source.path, limits, None if source.stored is None else source.stored.size)
        source = completed(source, data)
        digest = hashlib.sha256(data).hexdigest()
        values = _remembered(digest, source.prompt, plan, cache)
        portrait = _portrait(digest, plan, cache) if len(values) == len(plan.runnable) else None
        if portrait is not None:
            return Remembered(digest, portrait, values, source)
        found = picture(isolated(data, limits), digest)
        return Ready(found, found.frame(), source)
    except UnreadableImage as refusal:
        return Refused(str(refusal), completed(source, b""))
    except MemoryError:
        return Refused("too large: not enough memory to read it", completed(source, b""))


def _portrait(digest: str, plan: Plan, cache: Cache) -> Portrait | None:
    """What is kept of an image besides its values; None where nothing is, or nothing that can be read."""
    kept = cache.portrait(plan.portrait_key(digest))
    try:
        return None if kept is None else Portrait.from_json(kept)
    except ValueError:
        return None


def _remembered(digest: str, prompt: str | None, plan: Plan, cache: Cache) -> dict[Wanted, Value]:
    keys = {plan.key(digest, wanted, prompt): wanted for wanted in plan.runnable}
    return {keys[key]: value for key, value in cache.readings(tuple(keys)).items()}
