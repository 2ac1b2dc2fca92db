"""From what measurements give, on the device, to values on the host: one transfer for a whole batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from lightmeter.engine.cache import Value
from lightmeter.measure.records import Wanted
from lightmeter.measure.registry import PerImage
from lightmeter.see.provide import Refusal


def columns(results: Mapping[Wanted, PerImage]) -> dict[Wanted, list[Value]]:
    """The values of each image of a batch.

    Looking at one number of a GPU waits for all of its work; so everything is brought over together, once
    the last measurement is under way.
    """
    parts = [part.double() for result in results.values() for part in _parts(result)]
    host = iter(torch.stack(parts).cpu() if parts else ())
    return {wanted: _values(_rebuilt(result, host)) for wanted, result in results.items()}


def _parts(result: PerImage) -> Iterator[Tensor]:
    yield result.value
    if result.error is not None:
        yield result.error
    for refusal in result.refusals:
        yield refusal.when
        if refusal.figure is not None:
            yield refusal.figure


def _rebuilt(result: PerImage, host: Iterator[Tensor]) -> PerImage:
    """The same result from its parts on the host, in the order of `_parts`."""
    value = next(host)
    error = None if result.error is None else next(host)
    refusals = tuple(
        Refusal(next(host) != 0, each.because, None if each.figure is None else next(host))
        for each in result.refusals
    )
    return PerImage(value, refusals, error)


def _values(result: PerImage) -> list[Value]:
    values, reasons = result.value.tolist(), result.reasons()
    errors = [None] * len(values) if result.error is None else result.error.tolist()
    return [
        Value(None, reason) if reason else Value(value, error=error)
        for value, reason, error in zip(values, reasons, errors, strict=True)
    ]
