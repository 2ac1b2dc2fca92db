"""Decoders in processes of their own: the same pixels, and a reason where they crash, hang or lie."""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lightmeter.read.isolated
from lightmeter.errors import LightmeterError, UnreadableImage
from lightmeter.read.isolated import Decoder, isolated
from lightmeter.read.limits import Limits
from lightmeter.read.unpack import unpacked

CODES = np.random.default_rng(5).integers(0, 256, (40, 30, 4), dtype=np.uint8)

# A process like the real one, whose decoder does with some files what only a bug in C can do.
FAULTY = """
import os, signal, sys, time
import lightmeter.read.decoder_process as process
honest = process.unpacked
def unpacked(data, limits):
    if b"crash" in data:
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"leave" in data:
        os._exit(3)
    if b"hang" in data:
        time.sleep(60)
    if b"print" in data:
        print("not a reply")
    return honest(data, limits)
process.unpacked = unpacked
process.main()
"""


def png(codes: np.ndarray = CODES, trailer: bytes = b"") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(codes).save(stream, "PNG")
    return stream.getvalue() + trailer


@pytest.fixture
def make() -> Callable[[str], Decoder]:
    made: list[Decoder] = []

    def start(program: str) -> Decoder:
        made.append(Decoder([sys.executable, "-c", program]))
        return made[-1]

    yield start  # type: ignore[misc]
    for each in made:
        each.close()


def test_the_pixels_alpha_and_notes_are_those_of_this_process() -> None:
    grey16 = io.BytesIO()
    Image.fromarray(np.arange(1200, dtype=np.uint16).reshape(40, 30) * 50).save(grey16, "PNG")
    for data in (png(), png(CODES[..., :3]), grey16.getvalue()):
        here, there = unpacked(data), isolated(data)
        assert here.codes.dtype == there.codes.dtype
        assert np.array_equal(here.codes, there.codes)
        assert (here.alpha is None) == (there.alpha is None)
        if here.alpha is not None and there.alpha is not None:
            assert np.array_equal(here.alpha, there.alpha)
        assert here.notes == there.notes


def test_its_reasons_and_limits_are_those_of_this_process() -> None:
    for data, limits in ((png()[:60], Limits()), (png(), Limits(pixels=1199)), (b"text", Limits())):
        with pytest.raises(UnreadableImage) as here:
            unpacked(data, limits)
        with pytest.raises(UnreadableImage) as there:
            isolated(data, limits)
        assert str(here.value) == str(there.value)


def test_a_process_serves_one_picture_after_another() -> None:
    isolated(png())
    waiting = list(lightmeter.read.isolated._IDLE)
    isolated(png())
    assert waiting == lightmeter.read.isolated._IDLE
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda i: isolated(png(np.roll(CODES, i, 0))), range(12)))
    assert all(np.array_equal(each.codes, np.roll(CODES, i, 0)[..., :3]) for i, each in enumerate(found))


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (b"crash", r"broken PNG: its decoder crashed \(SIGSEGV\)"),
        (b"leave", "broken PNG: its decoder ended with exit code 3"),
    ],
)
def test_a_decoder_that_dies_is_a_reason(make: Callable[[str], Decoder], fault: bytes, why: str) -> None:
    decoder = make(FAULTY)
    assert decoder.unpacked(png(), Limits()).codes.shape == (40, 30, 3)
    with pytest.raises(UnreadableImage, match=why):
        decoder.unpacked(png(trailer=fault), Limits())
    assert not decoder.alive


def test_a_decoder_that_hangs_is_ended_in_time(make: Callable[[str], Decoder]) -> None:
    decoder, began = make(FAULTY), time.monotonic()
    with pytest.raises(UnreadableImage, match=r"took more than 0\.3 s to decode; --decode-seconds"):
        decoder.unpacked(png(trailer=b"hang"), Limits(seconds=0.3))
    assert time.monotonic() - began < 20
    assert not decoder.alive


def test_what_a_decoder_prints_is_no_reply(make: Callable[[str], Decoder]) -> None:
    found = make(FAULTY).unpacked(png(trailer=b"print"), Limits())
    assert np.array_equal(found.codes, CODES[..., :3])


@pytest.mark.parametrize(
    "answer",
    [
        {"arrays": [[40, 30, 3, "object"]], "notes": []},
        {"arrays": [[100_000, 100_000, 3, "uint8"]], "notes": []},
        {"arrays": [[-1, 30, 3, "uint8"]], "notes": []},
        {"arrays": [[40, 30, 4, "uint8"]], "notes": []},
        {"arrays": [], "notes": []},
        {"arrays": [[40, 30, 3, "uint8"]]},
        {"arrays": 3, "notes": 4},
    ],
)
def test_a_process_that_lies_gets_no_memory_and_no_picture(
    make: Callable[[str], Decoder], answer: dict[str, object]
) -> None:
    program = (
        "import sys\nfrom lightmeter.read.wire import header_from, send\n"
        "out = sys.stdout.buffer\nsend(out, {'ready': 1})\nheader_from(sys.stdin.buffer)\n"
        f"send(out, {answer!r})\nsys.stdin.buffer.read()"
    )
    with pytest.raises(UnreadableImage, match="broken PNG: its decoder"):
        make(program).unpacked(png(), Limits())


def test_one_that_died_while_it_waited_is_replaced() -> None:
    isolated(png())
    for waiting in lightmeter.read.isolated._IDLE:
        os.kill(waiting._process.pid, signal.SIGKILL)
        waiting._process.wait()
    assert np.array_equal(isolated(png()).codes, CODES[..., :3])


def test_one_that_cannot_start_says_so() -> None:
    with pytest.raises(LightmeterError, match="the process that decodes did not start"):
        Decoder([sys.executable, "-c", "raise SystemExit(1)"])


def test_no_module_is_taken_from_the_folder_that_a_run_starts_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of downloads may hold a file that is called like a module."""
    (tmp_path / "numpy.py").write_text("raise SystemExit('taken from here')")
    monkeypatch.chdir(tmp_path)
    decoder = Decoder()
    assert decoder.unpacked(png(), Limits()).codes.shape == (40, 30, 3)
    decoder.close()


def test_memory_that_no_picture_needs_is_refused_to_a_decoder(make: Callable[[str], Decoder]) -> None:
    pytest.importorskip("resource")
    greedy = FAULTY.replace("time.sleep(60)", "bytearray(60 << 30)")
    with pytest.raises(UnreadableImage):
        make(greedy).unpacked(png(trailer=b"hang"), Limits())
