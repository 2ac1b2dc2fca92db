"""Decoding in processes of its own: a decoder that crashes or hangs costs its picture, and nothing else."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from lightmeter.errors import LightmeterError, UnreadableImage
from lightmeter.read.codes import Encoded
from lightmeter.read.limits import Limits
from lightmeter.read.sniff import sniff
from lightmeter.read.unpack import Unpacked
from lightmeter.read.wire import Broken, fill, header_from, send

# -P: the folder that a run is started in may hold strangers' files, and is not looked in for modules.
COMMAND = (sys.executable, "-P", "-m", "lightmeter.read.decoder_process")

_KINDS = ("uint8", "uint16")
_KEPT = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}
"""For glibc: a picture of up to 10 megapixels is unpacked where the last one was. To be given fresh pages for
each, which the system clears first, would take twice as long as decoding does."""


class Decoder:
    """One process; for one thread at a time. It ends with this one, however this one ends."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._late = False
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_env()
        )
        try:
            header_from(self._replies)
        except Broken as error:
            self.close()
            raise LightmeterError(f"the process that decodes did not start: {' '.join(command)}") from error

    @property
    def alive(self) -> bool:
        """Whether it can be asked again."""
        return self._process.poll() is None

    def unpacked(self, data: bytes, limits: Limits) -> Unpacked:
        """As `unpack.unpacked`; a process that dies or takes too long is a reason too."""
        self._late = False
        clock = threading.Timer(limits.seconds, self._stop)
        clock.daemon = True
        clock.start()
        try:
            send(self._requests, {"length": len(data), "limits": asdict(limits)}, data)
            return _reply(self._replies, limits)
        except (Broken, OSError) as error:
            self.close()
            raise UnreadableImage(self._why(data, limits)) from error
        finally:
            clock.cancel()

    def close(self) -> None:
        """End it; at once if it is at work."""
        for stream in (self._requests, self._replies):
            with suppress(OSError):
                stream.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)
        self._process.kill()
        self._process.wait()

    @property
    def _requests(self) -> BinaryIO:
        return _open(self._process.stdin)

    @property
    def _replies(self) -> BinaryIO:
        return _open(self._process.stdout)

    def _stop(self) -> None:
        self._late = True
        self._process.kill()

    def _why(self, data: bytes, limits: Limits) -> str:
        if self._late:
            return f"took more than {limits.seconds:g} s to decode; --decode-seconds sets the limit"
        name, code = sniff(data).name, self._process.returncode
        with suppress(ValueError):
            return f"broken {name}: its decoder crashed ({signal.Signals(-code).name})"
        return f"broken {name}: its decoder ended with exit code {code}"


_IDLE: list[Decoder] = []
"""Processes that wait for the next picture, of this run or of a later one."""


def isolated(data: bytes, limits: Limits = Limits()) -> Unpacked:
    """`unpack.unpacked` in another process; raises `UnreadableImage`, also where that crashes or hangs."""
    decoder = _ready()
    try:
        return decoder.unpacked(data, limits)
    finally:
        if decoder.alive:
            _IDLE.append(decoder)


def _ready() -> Decoder:
    while True:
        try:
            decoder = _IDLE.pop()
        except IndexError:
            return Decoder()
        if decoder.alive:
            return decoder
        decoder.close()


@atexit.register
def _end() -> None:
    while _IDLE:
        _IDLE.pop().close()


def _reply(replies: BinaryIO, limits: Limits) -> Unpacked:
    header: dict[str, Any] = header_from(replies)
    if isinstance(refused := header.get("refused"), str):
        raise UnreadableImage(refused)
    try:
        shapes, notes = header["arrays"], tuple(map(str, header["notes"]))
        codes, *alphas = [_empty(*shape, limits=limits) for shape in shapes]
        alpha = alphas[0] if alphas else None
    except (KeyError, TypeError, ValueError) as error:
        raise Broken("an answer without meaning") from error
    if codes.ndim != 3 or codes.shape[2] != 3 or (alpha is not None and alpha.shape != codes.shape[:2]):
        raise Broken("pixels of another shape")
    for array in (codes, *alphas):
        fill(replies, array.data.cast("B"))
    return Unpacked(codes, alpha, notes)


def _empty(*shape_and_kind: int | str, limits: Limits) -> Encoded:
    """Room for an array; a process gone wrong gets no more than the picture's worth."""
    *shape, kind = shape_and_kind
    height, width, *_ = (int(side) for side in shape)
    if kind not in _KINDS or min(height, width) < 1 or height * width > limits.pixels:
        raise Broken(f"pixels of shape {shape} {kind}")
    room: npt.NDArray[Any] = np.empty([int(side) for side in shape], str(kind))
    return room


def _open(stream: Any) -> BinaryIO:
    if stream is None:
        raise Broken("no pipe")
    opened: BinaryIO = stream
    return opened


def _env() -> dict[str, str]:
    """This package wherever it was found, and one thread each: the processes are the parallelism."""
    package = str(Path(__file__).parents[2])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, **_KEPT, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
