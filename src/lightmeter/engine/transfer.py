"""Codes on their way to the device, while it computes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from lightmeter.read.picture import Picture


@dataclass(frozen=True, eq=False)
class Sent:
    """Codes (H, W, 3) of one picture, on the device or still on the way. arrived: when they will be there;
    None where nothing has to be waited for."""

    codes: Tensor
    arrived: torch.cuda.Event | None = None


def sent(picture: Picture, device: torch.device) -> Sent:
    """Start to copy a picture's codes, from pinned memory and on a stream of its own; does not wait.

    Without memory for them on the device they stay here: their batch has its own way with that.
    """
    codes = torch.from_numpy(picture.encoded)
    if device.type != "cuda":
        return Sent(codes)
    try:
        with torch.cuda.stream(copying(device)):
            # torch keeps the pinned memory until the copy is done.
            there = codes.pin_memory().to(device, non_blocking=True)
            return Sent(there, there_by_now())
    except torch.OutOfMemoryError:
        return Sent(codes)


def there_by_now() -> torch.cuda.Event:
    """The event that all work given to this thread's stream so far is done."""
    event: torch.cuda.Event = torch.cuda.Event()  # type: ignore[no-untyped-call]
    event.record()
    return event


def received(pictures: Iterable[Sent], device: torch.device) -> tuple[Tensor, ...]:
    """The codes of each on the device, for this thread's stream: it waits for them, this thread does not."""
    return tuple(_received(each, device) for each in pictures)


def _received(one: Sent, device: torch.device) -> Tensor:
    if one.arrived is None:
        return one.codes.to(device)
    stream = torch.cuda.current_stream(device)
    stream.wait_event(one.arrived)
    one.codes.record_stream(stream)  # or their memory could be given away while this stream reads it
    return one.codes


def one_list(codes: Sequence[Tensor]) -> Tensor:
    """All pixels (P, 3), picture after picture, for `see.natives`: uint8, or the bits of uint16 as int16
    where any picture has such."""
    flat = [each.reshape(-1, 3) for each in codes]
    if any(each.dtype == torch.uint16 for each in flat):
        # 255 in 8 bits is 65535 in 16, which comes round to -1.
        flat = [e.view(torch.int16) if e.dtype == torch.uint16 else e.short() * 257 for e in flat]
    return flat[0] if len(flat) == 1 else torch.cat(flat)


@cache
def copying(device: torch.device) -> torch.cuda.Stream:
    """The stream of a device that codes come by."""
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
