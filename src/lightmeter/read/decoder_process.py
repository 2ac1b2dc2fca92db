"""`python -m lightmeter.read.decoder_process`: decodes what comes in on stdin until that ends.

It starts in half of a second, since it loads no torch, and has no more rights or memory than it needs.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from dataclasses import fields
from typing import Any, BinaryIO

from lightmeter.errors import UnreadableImage
from lightmeter.read.limits import Limits
from lightmeter.read.unpack import unpacked
from lightmeter.read.wire import Broken, fill, header_from, send

_BYTES_A_PIXEL = 40
"""Of a picture at the limit: 16-bit RGBA as read, converted, turned and composited, and the file's bytes."""

_OWN_BYTES = 4 << 30
"""Address space of the interpreter and its libraries."""


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer every request; return once there are no more."""
    send(replies, {"ready": os.getpid()})
    while True:
        try:
            asked: dict[str, Any] = header_from(requests)
            data = bytearray(asked["length"])
            fill(requests, memoryview(data))
        except Broken:
            return
        limits = Limits(**{each.name: asked["limits"][each.name] for each in fields(Limits)})
        _bound_memory(limits)
        _answer(replies, bytes(data), limits)


def _answer(replies: BinaryIO, data: bytes, limits: Limits) -> None:
    try:
        found = unpacked(data, limits)
    except UnreadableImage as refusal:
        send(replies, {"refused": str(refusal)})
        return
    arrays = [found.codes] if found.alpha is None else [found.codes, found.alpha]
    shapes: list[Any] = [[*array.shape, str(array.dtype)] for array in arrays]
    send(replies, {"arrays": shapes, "notes": [*found.notes]}, *(a.data.cast("B") for a in arrays))


def _bound_memory(limits: Limits) -> None:
    """A decoder that a header talks into more than the picture's worth of memory gets a MemoryError."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        most = _OWN_BYTES + _BYTES_A_PIXEL * limits.pixels
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Serve on stdin and stdout; what a decoder prints goes nowhere near them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which then closes stdin
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
