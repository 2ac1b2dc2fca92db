"""Mutated files, read in a process that may crash or hang, and counted from outside."""

from __future__ import annotations

import io
import os
import random
import select
import signal
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from PIL import Image, PngImagePlugin

from lightmeter.errors import CardError, SourceError, UnreadableImage
from lightmeter.read.card import read_card
from lightmeter.read.decode import picture
from lightmeter.read.limits import Limits
from lightmeter.read.prompts import generation
from lightmeter.read.sources import find
from lightmeter.read.unpack import unpacked

MEGAPIXELS = 20
_HANG = 10.0
"""Seconds without an answer after which a process counts as hung; mutants are of a few kilobytes."""

_RECORD = struct.Struct("<IBf")
_READ, _REFUSED, _WRONG = range(3)
_LIES = (b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\1\0\0\0", b"\0\0\xff\xff", b"\x80\0\0\0")

Made = dict[str, tuple[bytes, Callable[[Path], object]]]


@dataclass
class Tally:
    """What became of the mutants of one kind; slowest in seconds."""

    tried: int = 0
    read: int = 0
    refused: int = 0
    wrong: int = 0
    crashes: int = 0
    hangs: int = 0
    slowest: float = 0.0


@dataclass
class Tallies:
    """By kind, in the order of `kinds`."""

    kinds: dict[str, Tally] = field(default_factory=dict)

    def total(self, name: str) -> int:
        return sum(getattr(tally, name) for tally in self.kinds.values())


@cache
def samples() -> Made:
    """A small valid file of each kind, and what reads it."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
    deep = rng.integers(0, 65536, (48, 64, 3), dtype=np.uint16)
    made: Made = {form: (_saved(codes, form), _decoded) for form in _FORMS}
    made[f"PNG{_MENDED}"] = made["PNG"]
    made[f"PNG{_DEEP}"] = made["PNG"]
    made["JPEG, progressive"] = (_saved(codes, "JPEG", progressive=True), _decoded)
    made["TIFF, deflate"] = (_saved(codes, "TIFF", compression="tiff_adobe_deflate"), _decoded)
    for suffix in (".png", ".tiff"):
        made[f"{suffix[1:].upper()} of 16 bit"] = (cv2.imencode(suffix, deep)[1].tobytes(), _decoded)
    made[f"PNG of 16 bit{_MENDED}"] = made["PNG of 16 bit"]
    exif = Image.Exif()
    exif[0x010E] = "a portrait, large softbox --ar 2:3"
    exif[0x9286] = b"UNICODE\0" + "a portrait\nSteps: 20, Seed: 7".encode("utf-16-be")
    words = PngImagePlugin.PngInfo()
    words.add_text("parameters", "a portrait\nNegative prompt: wax\nSteps: 20, Seed: 7")
    words.add_text("prompt", '{"3": {"class_type": "KSampler", "inputs": {"seed": 7}}}', zip=True)
    words.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta xmlns:x='adobe:ns:meta/'><a/></x:xmpmeta>")
    made["metadata of PNG"] = (_saved(codes[:4], "PNG", pnginfo=words), generation)
    for form in ("JPEG", "WEBP", "AVIF", "TIFF"):
        made[f"metadata of {form}"] = (_saved(codes[:4], form, exif=exif), generation)
    made["manifest, CSV"] = (b"path,variant,prompt,seed\na.png,warm,a portrait,7\n../b.png,,,\n", _listed)
    made["manifest, JSON lines"] = (b'{"path": "a.png", "seed": 7}\n{"path": "b.png"}\n', _listed)
    made["card, YAML"] = (b"prompt: a portrait\nseed: 7\nnotes: [&a one, *a]\n", read_card)
    made["card, Markdown"] = (b'# Card\n\n```json\n{"prompt": "a portrait", "seed": 7}\n```\n', read_card)
    return made


_MENDED = ", checksums mended"
_DEEP = ", scanlines and header under whole streams"
_FORMS = ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "BMP", "GIF", "PPM")
_SUFFIX = {
    "manifest, CSV": ".csv",
    "manifest, JSON lines": ".jsonl",
    "card, YAML": ".yaml",
    "card, Markdown": ".md",
}


def fuzzed(tries: int, seconds: float, first: int = 0) -> Tallies:
    """Mutants `first`, `first` + 1, ... of all kinds in turn, up to `tries` or until the time is over."""
    tallies = Tallies({kind: Tally() for kind in samples()})
    ends, following = time.monotonic() + seconds, first
    while following < tries and time.monotonic() < ends:
        following = _watched(tallies, following, tries, ends)
    return tallies


def _watched(tallies: Tallies, first: int, tries: int, ends: float) -> int:
    """One process until it ends by itself, crashes or hangs; gives the mutant to go on with."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libtiff tells stderr what it dislikes
        with suppress(BaseException), os.fdopen(writing, "wb", 0) as pipe, TemporaryDirectory() as folder:
            for index, kind, outcome, took in _attempts(first, tries, ends, Path(folder)):
                pipe.write(_RECORD.pack(index, kind << 2 | outcome, took))
        os._exit(0)
    os.close(writing)
    following, hung = first, False
    with os.fdopen(reading, "rb", 0) as pipe:
        while not (hung := not select.select([pipe], [], [], _HANG)[0]):
            record = pipe.read(_RECORD.size)
            if len(record) < _RECORD.size:
                break
            _count(tallies, *_RECORD.unpack(record))
            following = _RECORD.unpack(record)[0] + 1
    if hung:
        os.kill(process, signal.SIGKILL)
    crashed = os.WIFSIGNALED(os.waitpid(process, 0)[1])
    if hung or crashed:
        tally = list(tallies.kinds.values())[following % len(tallies.kinds)]
        tally.tried += 1
        tally.hangs += hung
        tally.crashes += crashed and not hung
        following += 1
    return following if hung or crashed or time.monotonic() < ends else tries


def _count(tallies: Tallies, index: int, packed: int, took: float) -> None:
    tally = list(tallies.kinds.values())[packed >> 2]
    tally.tried += 1
    tally.read += packed & 3 == _READ
    tally.refused += packed & 3 == _REFUSED
    tally.wrong += packed & 3 == _WRONG
    tally.slowest = max(tally.slowest, took)


def _attempts(first: int, tries: int, ends: float, folder: Path) -> Iterator[tuple[int, int, int, float]]:
    kinds = list(samples().items())
    for index in range(first, tries):
        if time.monotonic() > ends:
            return
        kind = index % len(kinds)
        name, (data, reader) = kinds[kind]
        path = folder / f"mutant{_SUFFIX.get(name, '.bin')}"
        path.write_bytes(_mutated(name, data, random.Random(index)))
        began = time.monotonic()
        try:
            reader(path)
            outcome = _READ
        except (UnreadableImage, SourceError, CardError):
            outcome = _REFUSED
        except Exception:
            outcome = _WRONG
        yield index, kind, outcome, time.monotonic() - began


def mutant(data: bytes, rng: random.Random) -> bytes:
    """Bytes changed, bits flipped, parts cut, doubled or moved, lengths that lie; mostly near the head."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(found)) if rng.random() < 0.5 else rng.randrange(min(len(found), 200))
        kind = rng.randrange(6)
        if kind == 0:
            found[at] = rng.randrange(256)
        elif kind == 1:
            found[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            found[at : at + 4] = rng.choice(_LIES)
        elif kind == 3:
            del found[at : at + rng.randint(1, 64)]
        elif kind == 4:
            found[at:at] = found[at : at + rng.randint(1, 64)] * rng.randint(1, 3)
        else:
            other = rng.randrange(len(found))
            found[at : at + 16] = found[other : other + 16]
        found = found or bytearray(b"\0")
    return bytes(found)


def _mutated(name: str, data: bytes, rng: random.Random) -> bytes:
    if name.endswith(_DEEP):
        return deep(data, rng)
    return mended(mutant(data, rng)) if name.endswith(_MENDED) else mutant(data, rng)


def deep(data: bytes, rng: random.Random) -> bytes:
    """A PNG whose scanlines, and at times whose header, are mutants, packed as an encoder would."""
    at = data.index(b"IDAT")
    packed = data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at])]
    header = bytearray(data[8:33])
    if rng.random() < 0.3:
        header[8 + rng.randrange(13)] = rng.choice((0, 1, 2, 3, 4, 6, 8, 16, 255, rng.randrange(256)))
    lines = zlib.compress(mutant(zlib.decompress(packed), rng))
    return mended(data[:8] + header + len(lines).to_bytes(4) + b"IDAT" + lines + bytes(4) + data[-12:])


def mended(data: bytes) -> bytes:
    """A PNG whose checksums are right again, so that decoders look behind them."""
    found, at = bytearray(data), 8
    while at + 12 <= len(found):
        end = at + 8 + int.from_bytes(found[at : at + 4])
        if end + 4 > len(found):
            break
        found[end : end + 4] = zlib.crc32(found[at + 4 : end]).to_bytes(4)
        at = end + 4
    return bytes(found)


def _decoded(path: Path) -> object:
    found = unpacked(path.read_bytes(), Limits(pixels=MEGAPIXELS * 1_000_000))
    frame = picture(found, "").frame(64)
    if not frame.isfinite().all():
        raise ArithmeticError("a frame that is not finite")
    return frame


def _listed(path: Path) -> object:
    return find([path])


def _saved(codes: np.ndarray, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(codes).save(stream, form, **options)  # type: ignore[arg-type]
    return stream.getvalue()
