"""Getting images ready ahead of the device: bytes, then what is remembered of them, then pixels."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from lightmeter.engine.cache import Cache, Value
from lightmeter.engine.device_decode import Decoded, decoded, plain
from lightmeter.engine.evidence import Portrait
from lightmeter.engine.plan import Plan
from lightmeter.engine.transfer import Sent, sent
from lightmeter.errors import UnreadableImage
from lightmeter.measure.records import Wanted
from lightmeter.read.decode import bytes_of, picture
from lightmeter.read.isolated import isolated
from lightmeter.read.jpeg import Segments
from lightmeter.read.picture import FRAME, Picture
from lightmeter.read.resample import fitted
from lightmeter.read.source import Source, completed

_MOST_PIXELS = 1 << 27
"""Of the pictures that the device decodes in one call."""

_MOST_BYTES = 1 << 29
"""Pixels that are read ahead before it is slowed down."""

_NO_MEMORY = "too large: not enough memory to read it"


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
    """An image to be measured: its pixels, here and on the device, and what asked for it."""

    picture: Picture
    sent: Sent
    source: Source

    @property
    def prompt(self) -> str | None:
        return self.source.prompt

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of its frame, which the images of a batch share."""
        return fitted(self.picture.height, self.picture.width, FRAME)

    @property
    def bytes(self) -> int:
        """Memory that it holds, here and again on a device of its own."""
        return int(self.picture.encoded.nbytes)


@dataclass(frozen=True, eq=False)
class Packed:
    """An image to be measured whose pixels are still those of a plain JPEG."""

    data: bytes
    said: Segments
    digest: str
    source: Source

    @property
    def pixels(self) -> int:
        return self.said.width * self.said.height


Loaded = Refused | Remembered | Ready


def loaded_ahead(sources: Sequence[Source], plan: Plan, cache: Cache) -> Iterator[tuple[int, Loaded]]:
    """Each source with its index, loaded ahead of the one asked for; in order, but that a batch of those
    that the device decodes comes when it is full."""
    with ThreadPoolExecutor(1, "lightmeter-decode") as pool:
        waiting: list[tuple[int, Packed]] = []
        under_way: deque[Future[list[tuple[int, Loaded]]]] = deque()
        for index, each in _in_threads(sources, plan, cache):
            if not isinstance(each, Packed):
                yield index, each
                continue
            waiting.append((index, each))
            if len(waiting) >= plan.batch or sum(one.pixels for _, one in waiting) > _MOST_PIXELS:
                under_way.append(pool.submit(_unpacked, waiting, plan))
                waiting = []
            if len(under_way) > 1:
                yield from under_way.popleft().result()
        for last in under_way:
            yield from last.result()
        if waiting:
            yield from _unpacked(waiting, plan)


def _in_threads(sources: Sequence[Source], plan: Plan, cache: Cache) -> Iterator[tuple[int, Loaded | Packed]]:
    numbered = iter(enumerate(sources))
    with ThreadPoolExecutor(plan.workers, "lightmeter-read") as pool:
        waiting: list[tuple[int, Future[Loaded | Packed]]] = []
        try:
            while True:
                room = plan.workers + _ahead(waiting, plan) - len(waiting)
                waiting += [(i, pool.submit(load, each, plan, cache)) for i, each in islice(numbered, room)]
                if not waiting:
                    return
                index, future = waiting.pop(0)
                yield index, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _ahead(waiting: Sequence[tuple[int, Future[Loaded | Packed]]], plan: Plan) -> int:
    """Images to have ready beyond those at work: what the device asks for at once, unless they are large."""
    ready = [each.result() for _, each in waiting if each.done()]
    held = sum(each.bytes for each in ready if isinstance(each, Ready))
    return 1 if plan.device.type == "cpu" or held > _MOST_BYTES else plan.batch


def load(source: Source, plan: Plan, cache: Cache) -> Loaded | Packed:
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
        portrait = (
            _portrait(digest, source.prompt, plan, cache) if len(values) == len(plan.runnable) else None
        )
        if portrait is not None:
            return Remembered(digest, portrait, values, source)
        said = plain(data, limits) if plan.settings.decode == "device" else None
        if said is not None:
            return Packed(data, said, digest, source)
        return _contained(data, digest, source, plan)
    except UnreadableImage as refusal:
        return Refused(str(refusal), completed(source, b""))
    except MemoryError:
        return Refused(_NO_MEMORY, completed(source, b""))


def _contained(data: bytes, digest: str, source: Source, plan: Plan) -> Refused | Ready:
    """Decode in a process of its own."""
    try:
        found = picture(isolated(data, plan.settings.limits), digest)
        return Ready(found, sent(found, plan.device), source)
    except UnreadableImage as refusal:
        return Refused(str(refusal), source)
    except MemoryError:
        return Refused(_NO_MEMORY, source)


def _unpacked(files: Sequence[tuple[int, Packed]], plan: Plan) -> list[tuple[int, Loaded]]:
    """Decode on the device; what it refuses, in a process of its own."""
    found = decoded([(each.data, each.said, each.digest) for _, each in files], plan.device)
    return [(at, _ready(each, one, plan)) for (at, each), one in zip(files, found, strict=True)]


def _ready(packed: Packed, found: Decoded | None, plan: Plan) -> Refused | Ready:
    if found is None:
        return _contained(packed.data, packed.digest, packed.source, plan)
    return Ready(found.picture, found.sent, packed.source)


def _portrait(digest: str, prompt: str | None, plan: Plan, cache: Cache) -> Portrait | None:
    """What is kept of an image besides its values; None where nothing is, or nothing that can be read."""
    kept = cache.portrait(plan.portrait_key(digest, prompt))
    try:
        return None if kept is None else Portrait.from_json(kept)
    except ValueError:
        return None


def _remembered(digest: str, prompt: str | None, plan: Plan, cache: Cache) -> dict[Wanted, Value]:
    keys = {plan.key(digest, wanted, prompt): wanted for wanted in plan.runnable}
    return {keys[key]: value for key, value in cache.readings(tuple(keys)).items()}
