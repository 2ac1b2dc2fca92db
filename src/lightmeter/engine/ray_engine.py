"""`--engine ray`: the same plan on the workers of a Ray cluster, the same values to the last digit.

Sources go out in small blocks, `Worker` measures them in a pool of actors, and rows come back to the driver,
which writes them as Parquet partitions: --out is a folder of its machine, which others need not see. Images
in folders must be seen by every worker under the same path; images in stores are.

A worker that dies is started again and its blocks are tried again; what is still missing then is tried once
more, alone, so that an image which kills its worker is one row with a reason. Each machine keeps its own
cache, since to look an image up is to read it. RAY_ADDRESS names a cluster; without it, one is started here.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from lightmeter.engine.load import Refused
from lightmeter.engine.partitions import done, emptied, row, rows_of, table_of, written
from lightmeter.engine.plan import Plan
from lightmeter.engine.run import Measured, Progress, settled
from lightmeter.engine.worker import Order, Worker, asked, order_of
from lightmeter.errors import LightmeterError
from lightmeter.read.source import Source

_BLOCK = 8
"""Batches in a block: what a death costs, and small enough that workers end together."""

_ROWS = 256
"""Rows that a partition waits for."""

_RETRIES = 2
_STORE_BYTES = 512 << 20
"""Ray's object store of a cluster that is started here: rows on their way, some 0.1 MB each with evidence."""

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}

_DIED = "not measured: every worker that took it died (out of memory, perhaps)"


def run_on_ray(
    sources: Sequence[Source], plan: Plan, watch: Callable[[Progress], None] | None = None
) -> Measured:
    """Measure every source, as `run` does. Ctrl-C stops it and leaves what is done."""
    kept = plan.settings.partitions
    with TemporaryDirectory() if kept is None else nullcontext(str(kept)) as folder:
        work = _Gathering(sources, emptied(Path(folder)), watch or (lambda progress: None))
        try:
            with cluster() as ray:
                _measure(work, plan, ray)
        except KeyboardInterrupt:
            work.interrupted = True
        work.flush()
        rows = (done(each, sources) for each in rows_of(work.folder))
        found = settled(rows, sources, plan)
        notes = tuple(dict.fromkeys([*found.notes, *work.notes]))
        return replace(found, remembered=work.remembered, interrupted=work.interrupted, notes=notes)


def _measure(work: _Gathering, plan: Plan, ray: Any) -> None:
    """Blocks first; then each image that is missing, alone on its worker; then a reason for what is left."""
    pool, order = _pool(plan, ray), order_of(plan)
    block = max(1, min(_BLOCK * plan.batch, ceil(len(work.sources) / (4 * pool))))
    for size, queue in ((block, 2), (1, 1)):
        if missing := work.missing():
            for table in _rows(work.blocks(missing, size), order, plan, pool, queue):
                work.take(table)
    lost = work.missing()
    if lost:
        work.take(table_of(row(index, Refused(_DIED, work.sources[index])) for index in lost))


@dataclass
class _Gathering:
    """The rows that came back so far."""

    sources: Sequence[Source]
    folder: Path
    watch: Callable[[Progress], None]
    seen: set[int] = field(default_factory=set)
    waiting: list[pa.Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    remembered: int = 0
    interrupted: bool = False

    def missing(self) -> list[int]:
        return [index for index in range(len(self.sources)) if index not in self.seen]

    def blocks(self, indices: Sequence[int], size: int) -> list[pa.Table]:
        starts = range(0, len(indices), size)
        return [asked([(i, self.sources[i]) for i in indices[start : start + size]]) for start in starts]

    def take(self, table: pa.Table) -> None:
        """Count rows, each image once, and write them when there are enough."""
        for trouble in filter(None, table["trouble"].to_pylist()):
            raise LightmeterError(f"on a worker of Ray: {trouble}")
        new = [index not in self.seen for index in table["index"].to_pylist()]
        table = table.filter(pa.array(new, pa.bool_()))
        self.seen.update(table["index"].to_pylist())
        self.remembered += sum(table["remembered"].to_pylist())
        self.notes += [note for notes in table["notes"].to_pylist() for note in notes]
        self.waiting.append(table)
        if sum(each.num_rows for each in self.waiting) >= _ROWS:
            self.flush()
        self.watch(Progress(len(self.seen), len(self.sources), self.remembered))

    def flush(self) -> None:
        written([each for each in self.waiting if each.num_rows], self.folder)
        self.waiting.clear()


def _rows(blocks: Sequence[pa.Table], order: Order, plan: Plan, pool: int, queue: int) -> Iterator[pa.Table]:
    """Tables of `partitions` as workers finish them, in any order; blocks whose worker died are left out."""
    import ray.data

    pooled = ray.data.ActorPoolStrategy(size=min(pool, len(blocks)), max_tasks_in_flight_per_actor=queue)
    with warnings.catch_warnings():
        # Ray 2.60 deprecates these two without another way to bound the tries of a block; hence `<2.64`.
        warnings.filterwarnings("ignore", message=".*ray_remote_args", category=DeprecationWarning)
        rows = ray.data.from_arrow(list(blocks)).map_batches(
            Worker,
            fn_constructor_args=(order,),
            batch_size=None,
            batch_format="pyarrow",
            compute=pooled,
            num_cpus=1,
            num_gpus=int(plan.device.type != "cpu"),
            max_restarts=-1,
            max_task_retries=_RETRIES,
        )
    try:
        yield from rows.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)
    except ray.exceptions.RayError as error:
        raise LightmeterError(f"Ray could not go on: {' '.join(str(error).split())[:300]}") from error


def _pool(plan: Plan, ray: Any) -> int:
    """A worker per core, or per GPU."""
    kind = "CPU" if plan.device.type == "cpu" else "GPU"
    found = int(ray.cluster_resources().get(kind, 0))
    if not found:
        raise LightmeterError(f"--engine ray: the cluster has no {kind} for --device {plan.device.type}")
    return found


@contextmanager
def cluster() -> Iterator[Any]:
    """Ray, connected: to what the program is connected to already, to RAY_ADDRESS, or to a cluster of this
    machine's own that ends with the block. Quiet: no dashboard, no usage statistics, no bars of its own."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise LightmeterError("--engine ray needs Ray: pip install 'lightmeter[ray]'") from error
    ours = not ray.is_initialized()
    if ours:
        _connect(ray)
    context = ray.data.DataContext.get_current()
    before = context.enable_progress_bars, context.max_errored_blocks
    context.enable_progress_bars, context.max_errored_blocks = False, -1
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    try:
        yield ray
    finally:
        context.enable_progress_bars, context.max_errored_blocks = before
        if ours:
            ray.shutdown()


def _connect(ray: Any) -> None:
    address = os.environ.get("RAY_ADDRESS")
    own = {} if address else {"include_dashboard": False, "object_store_memory": _STORE_BYTES}
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **own)
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        where = f"the cluster at RAY_ADDRESS={address}" if address else "a cluster on this machine"
        raise LightmeterError(f"--engine ray: {where} does not answer: {error}") from error
