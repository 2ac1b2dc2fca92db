"""One worker of a run on several processes or machines: builds the plan once, then measures as `run` does."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import torch

from lightmeter.engine.batch import measured
from lightmeter.engine.cache import Cache
from lightmeter.engine.exact import exact
from lightmeter.engine.load import Ready, Refused, Remembered, loaded_ahead
from lightmeter.engine.partitions import row, table_of, trouble
from lightmeter.engine.plan import Plan, Settings, plan
from lightmeter.engine.remember import remember
from lightmeter.measure.records import Wanted
from lightmeter.read.source import Source

Group = list[tuple[int, Ready]]


@dataclass(frozen=True)
class Order:
    """What a worker is asked to do. identity: of the driver's plan."""

    wanted: tuple[Wanted, ...]
    settings: Settings
    identity: str


def order_of(planned: Plan) -> Order:
    """The order for workers that must measure as this plan does."""
    return Order(
        (*planned.runnable, *planned.refused), replace(planned.settings, engine="local"), identity(planned)
    )


def identity(planned: Plan) -> str:
    """Equal for plans of the same code, networks, weights and kind of device."""
    keys = [planned.key("", each) for each in planned.runnable]
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()


def asked(sources: Sequence[tuple[int, Source]]) -> pa.Table:
    """Numbered sources as the table that a worker takes."""
    packed = [pickle.dumps(source) for _, source in sources]
    return pa.table({"index": [index for index, _ in sources], "source": pa.array(packed, pa.binary())})


class Worker:
    """A table of `asked` in, a table of `partitions` out. It remembers values in its own machine's cache.

    On the CPU it has one torch thread, as each measuring thread of `run` has.
    """

    def __init__(self, order: Order) -> None:
        self._plan = plan(order.wanted, order.settings)
        self._same = identity(self._plan) == order.identity
        self._cache = Cache(order.settings.cache)
        if self._plan.device.type == "cpu":
            torch.set_num_threads(1)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Never raises, since whoever runs it takes an exception for a death and tries again."""
        if not self._same:
            return table_of([trouble("a worker has other code, networks or weights than this machine")])
        indices = table["index"].to_pylist()
        sources = [pickle.loads(packed) for packed in table["source"].to_pylist()]
        try:
            return table_of(
                row(indices[at], each, known, self._cache.notes) for at, each, known in self._done(sources)
            )
        except Exception as error:
            return table_of([trouble(f"{type(error).__name__}: {error}")])

    def _done(self, sources: Sequence[Source]) -> Iterator[tuple[int, Refused | Remembered, bool]]:
        """Each source by its place, and whether it was remembered."""
        waiting: dict[tuple[int, ...], Group] = {}
        for at, loaded in loaded_ahead(sources, self._plan, self._cache):
            if not isinstance(loaded, Ready):
                yield at, loaded, isinstance(loaded, Remembered)
                continue
            group = waiting.setdefault(loaded.shape, [])
            group.append((at, loaded))
            if len(group) >= self._plan.batch:
                yield from self._measured(waiting.pop(loaded.shape))
        for group in waiting.values():
            yield from self._measured(group)

    def _measured(self, group: Group) -> Iterator[tuple[int, Refused | Remembered, bool]]:
        batch = [ready for _, ready in group]
        with exact(self._plan.device):
            results = measured(batch, self._plan)
        remember(batch, results, self._plan, self._cache)
        for (at, ready), result in zip(group, results, strict=True):
            if result.portrait is None:
                yield at, Refused(result.reason, ready.source), False
            else:
                found = Remembered(ready.picture.digest, result.portrait, result.values, ready.source)
                yield at, found, False
