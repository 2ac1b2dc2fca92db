"""robustness.md: what lightmeter does with hostile input, kills and lack of everything. Needs no pictures."""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from figures import Headline, page, section, table
from fuzzing import MEGAPIXELS, Tallies, fuzzed, samples
from metering import Meter
from PIL import Image

from lightmeter.errors import LightmeterError
from lightmeter.read.card import read_card
from lightmeter.read.decode import decode
from lightmeter.read.limits import Limits
from lightmeter.read.prompts import generation
from lightmeter.read.sources import find

TRIES, SECONDS = 20_000, 60.0
KILLS = 50

Case = tuple[str, str, Callable[[Path], object]]


def robustness(meter: Meter | None = None) -> tuple[str, list[Headline]]:
    """The page and its headlines."""
    tallies, killed = fuzzed(TRIES, SECONDS), kills()
    text = page(
        "Robustness",
        "What happens to strangers' files, to a run that is killed, and where something runs out. "
        "Everything here is made by the script itself, from seeds.",
        section("What is trusted, and what is not", _THREATS),
        section("Mutated files", _FUZZING.format(MEGAPIXELS, SECONDS), _tally_table(tallies)),
        section("Hostile inputs", _HOSTILE, table(["input", "where", "what happens"], list(hostile()))),
        section("Kills", _KILLS, _kill_table(killed)),
        section("What runs out or breaks", _BREAKS, table(["what", "the run", "exit code"], _FAILURES)),
        section("What is not contained", _LEFT),
    )
    bad = sum(tallies.total(name) for name in ("crashes", "hangs", "wrong"))
    return text, [
        Headline("mutated files tried: crashes, hangs, unexplained errors",
                 f"{bad} of {tallies.total('tried')}", "0"),
        Headline(f"runs killed at random ({killed['landed']} while at work): values lost",
                 str(killed["lost"]), "0"),
    ]  # fmt: skip


def kills() -> dict[str, object]:
    """tests/engine/killed.py on 24 small pictures."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "pictures"
        folder.mkdir()
        for i in range(24):
            codes = np.random.default_rng(i).integers(0, 256, (64, 48, 3), dtype=np.uint8)
            Image.fromarray(codes).save(folder / f"{i}.png")
        script = Path(__file__).parents[1] / "engine" / "killed.py"
        arguments = (folder, Path(name) / "values.sqlite", Path(name) / "out", KILLS)
        command = [sys.executable, str(script), *map(str, arguments)]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(ended.stdout)
    return found


def hostile() -> Iterator[list[str]]:
    """Each case, written anew and read."""
    with TemporaryDirectory() as name:
        for i, (what, where, read) in enumerate(_CASES):
            folder = Path(name) / str(i)
            folder.mkdir()
            yield [what, where, _answer(read, folder).replace(f"{folder}/", "")]


def _answer(read: Callable[[Path], object], folder: Path) -> str:
    try:
        return f"read: {read(folder)}"
    except LightmeterError as refusal:
        return f"refused: {str(refusal).splitlines()[0]}"


def _file(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def _chunked(*chunks: tuple[bytes, bytes]) -> bytes:
    body = (struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def _bomb(folder: Path) -> object:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = _chunked((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 10_000_000)), (b"IEND", b""))
    return decode(_file(folder, "bomb.png", data))


def _lying(folder: Path) -> object:
    data = bytearray(samples()["PNG"][0])
    data[8:12] = b"\xff\xff\xff\xf0"
    return decode(_file(folder, "lying.png", bytes(data)))


def _scans(folder: Path) -> object:
    data = samples()["JPEG, progressive"][0]
    last = data[data.rindex(b"\xff\xda") : -2]
    return decode(_file(folder, "scans.jpg", data[:-2] + last * 5000 + b"\xff\xd9"))


def _texts(folder: Path) -> object:
    long = b"prompt\0\0" + zlib.compress(b"x" * 100_000_000)
    data = samples()["PNG"][0]
    bomb = struct.pack(">I", len(long)) + b"zTXt" + long + struct.pack(">I", zlib.crc32(b"zTXt" + long))
    path = _file(folder, "text.png", data[:33] + bomb + data[33:])
    return f"{decode(path).width} px wide; prompt: {generation(path).reason}"


def _entities(folder: Path) -> object:
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    data = f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x:xmpmeta xmlns:x="adobe:ns:meta/">&l9;</x:xmpmeta>'
    path = _file(folder, "xmp.png", samples()["PNG"][0])
    packet = b"XML:com.adobe.xmp\0\0\0\0\0" + data.encode()
    chunk = struct.pack(">I", len(packet)) + b"iTXt" + packet
    chunk += struct.pack(">I", zlib.crc32(b"iTXt" + packet))
    path.write_bytes(path.read_bytes()[:33] + chunk + path.read_bytes()[33:])
    return f"prompt: {generation(path).prompt or generation(path).reason}"


def _nested(folder: Path) -> object:
    path = _file(folder, "a.png", samples()["PNG"][0])
    _file(folder, "a.json", "[" * 100_000)
    return f"prompt: {generation(path).reason}"


def _fifo(folder: Path) -> object:
    os.mkfifo(folder / "pipe.png")
    return decode(folder / "pipe.png")


def _loop(folder: Path) -> object:
    _file(folder, "a.png", samples()["PNG"][0])
    (folder / "again").symlink_to(folder)
    return f"{len(find([folder]))} image"


def _many_links(folder: Path) -> object:
    for i in range(20):
        (folder / f"d{i}").mkdir()
        for name in "ab":
            (folder / f"d{i}" / name).symlink_to(folder / f"d{i + 1}")
    with suppress(OSError):
        return find([folder / "d0"])
    return "nothing"


def _manifest(line: str, confined: bool) -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        inside = folder / "inside"
        inside.mkdir()
        _file(folder, "secret.png", samples()["PNG"][0])
        (inside / "link.png").symlink_to(folder / "secret.png")
        _file(inside, "list.csv", f"path\n{line}\n")
        return f"{len(find([inside / 'list.csv'], confined=confined))} image"

    return read


def _card(text: str) -> Callable[[Path], object]:
    return lambda folder: read_card(_file(folder, "card.yaml", text)).prompt


class _Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.putenv, ("LIGHTMETER_TRAPPED",))


def _pickle(folder: Path) -> object:
    from lightmeter.see.clip import ClipSpec
    from lightmeter.see.clip_checkpoint import find_checkpoint

    file = _file(folder, "weights.pt", pickle.dumps(_Trap()))
    return find_checkpoint(ClipSpec("ViT-B-32", str(file)))


def _zeros(folder: Path) -> object:
    path = folder / "huge.png"
    path.touch()
    os.truncate(path, 1 << 34)
    return decode(path, Limits())


_CASES: list[Case] = [
    ("3.6 gigapixels in 10 kB", "PNG", _bomb),
    ("a chunk that claims 4 GB", "PNG", _lying),
    ("5000 scans over one picture", "JPEG", _scans),
    ("a text of 100 MB in 100 kB", "PNG zTXt", _texts),
    ("ten to the nine entities", "XMP", _entities),
    ("JSON nested 100 000 deep", "sidecar", _nested),
    ("a sparse file of 16 GB", "PNG", _zeros),
    ("a pipe that never ends", "file", _fifo),
    ("a web page named .png", "file", lambda f: decode(_file(f, "page.png", "<html><script>1</script>"))),
    ("a link to its own folder", "folder", _loop),
    ("20 folders of 2 links to the next", "folder", _many_links),
    ("`../secret.png`", "manifest", _manifest("../secret.png", False)),
    ("`../secret.png`", "manifest, --confined", _manifest("../secret.png", True)),
    ("a link that leads outside", "manifest, --confined", _manifest("link.png", True)),
    ("a name with a NUL", "manifest", _manifest("a\0b", False)),
    ("`!!python/object/apply:os.system`", "YAML", _card("prompt: !!python/object/apply:os.system [id]")),
    ("an alias of itself", "YAML", _card("prompt: a\nnotes: &a [*a]")),
    ("a pickle", "CLIP weights", _pickle),
]  # fmt: skip


def _tally_table(tallies: Tallies) -> str:
    names = ("tried", "read", "refused", "wrong", "crashes", "hangs")
    rows = [
        [kind, *(getattr(t, name) for name in names), f"{t.slowest:.1f}"]
        for kind, t in tallies.kinds.items()
    ]  # fmt: skip
    total: list[object] = ["all", *(tallies.total(name) for name in names)]
    slowest = max(t.slowest for t in tallies.kinds.values())
    head = [
        "kind",
        "tried",
        "read",
        "refused with a reason",
        "other errors",
        "crashes",
        "hangs",
        "slowest, s",
    ]
    return table(head, [*rows, [*total, f"{slowest:.1f}"]])


def _kill_table(killed: dict[str, object]) -> str:
    rows = [
        ["runs sent SIGKILL", killed["kills"]],
        ["of these, still at work", killed["landed"]],
        ["values lost that had been measured", killed["lost"]],
        ["reports that were half there", killed["halves"]],
        ["the last run's tables equal those of an undisturbed run", "yes" if killed["same"] else "NO"],
    ]
    return table(["", "count"], rows)


_THREATS = """
Images, their names, metadata, sidecars, manifests, cards, rubrics and the values of a recorded run come
from strangers, and so do the keys and bytes of objects in a store. Trusted are the command line, the cache
file, the packages that are installed, the members of a Ray cluster (which run code for each other), and who
reads the report.

- **Running code.** No input is evaluated. YAML has plain values only, tags are refused; weights are
  `.safetensors`, never pickles; templates are those of the package. The file's first bytes choose one of
  nine decoders, no other plugin of Pillow sees them.
- **Using up the machine.** Pixels (200 megapixels, `--max-megapixels`) are limited before decoding, and so
  are bytes (1 GiB), scans of a JPEG (100), texts (8 MiB when inflated), nesting (100), aliases (16),
  folders below a PATH (50 000) and the time to decode (60 s, `--decode-seconds`).
- **Reading other files.** A manifest may name any file that the user may read: that is its purpose. What is
  no image leaves nothing but its kind ("not an image: text"). A service that takes manifests from strangers
  gives `--confined`, which refuses names and links that lead out of the manifest's folder, and objects that
  your credentials could read. A manifest in a store never names a file here; keys are never made into paths.
- **Speaking through the report.** HTML is escaped, under a policy that allows one script by its digest and
  no network; Markdown is escaped, links and mentions too; a CSV cell that a spreadsheet would run gets a
  quote in front (`= + - @`, tab, line ends, full-width signs; Parquet stays verbatim); XML loses what XML
  forbids; terminals get no escape sequence, control or direction override, in errors neither.
- **Network.** Nothing is fetched while measuring but the objects that a PATH or its manifest names in a store
  (`s3://`, `gs://`, `hf://`, no other scheme), and the report fetches nothing.
"""
_FUZZING = """
Valid files of a few kilobytes with 1 to 6 wounds each: bytes and bits changed, parts cut, doubled or moved,
lengths that lie; read in a process of its own, watched from outside (pixel limit {} megapixels, {:g} s in
all). Every one must be read or refused with a reason. A crash is a signal, a hang is 10 s without an
answer.
"""
_HOSTILE = "Made, read, and the answer written here as it came."
_KILLS = """
Runs over 24 small pictures, each sent SIGKILL at a random moment and followed by the next on the same
cache. A value counts as measured once the run has said so. Several runs may share a cache: each batch is
one transaction.
"""
_BREAKS = (
    "Each has a test in `tests/engine/test_reliability.py`. All reports are written whole or not at all."
)
_FAILURES = [
    ["Ctrl-C", "ends; the report covers the images done so far; values are remembered", "2"],
    ["SIGKILL, power cut", "the last report stays; what was under way comes again; a `.part` may stay", "-"],
    ["disk full while the report is written", "the old report stays whole, no draft is left", "2"],
    ["disk full while values are remembered", "goes on without remembering, with a note", "as ever"],
    ["--out cannot be written, or is a file", "says so; measured values are remembered", "2"],
    ["cache damaged, or of another version", "kept as `NAME.damaged`, begun anew, with a note", "as ever"],
    ["--cache names a file that is no cache", "refused, the file is left alone", "2"],
    ["cache held by another run for 30 s", "goes on without remembering, with a note", "as ever"],
    ["a file that vanishes or shrinks after it was listed", "its row says why", "as ever"],
    ["a folder that vanishes while it is listed", "left out", "as ever"],
    ["memory does not hold a batch", "halved until it fits, later batches too, with a note", "as ever"],
    ["memory does not hold one image", "its row says why", "as ever"],
    ["a measurement that raises", "the image's row says why, the others are measured", "as ever"],
    ["a decoder that hangs", "its process is ended after --decode-seconds, its row says so", "as ever"],
    ["a decoder that crashes", "its row says so (SIGSEGV, say), the others are measured", "as ever"],
    ["a decoder that takes memory without end", "refused past what a picture at the limit needs", "as ever"],
    ["a defect of lightmeter", "traceback; never 1, which means a failing criterion", "2"],
]  # fmt: skip
_LEFT = """
Decoders of a run work in processes of their own, which have the rights of the run: that contains a crash and
a hang, not an attack that takes the process over. What they answer is bytes, never code. The decoders are
those of Pillow and OpenCV: keep them up to date, and run uploads of strangers in a container.

`--decode device` gives that up for plain JPEGs (8 bits, sRGB, whole, within the limits on bytes, pixels and
scans): torchvision decodes them within the run, so a file that crashes it or takes it over has the run, and
`--decode-seconds` does not hold. It is not the default; leave it to pictures whose making you know.

Measured by hand, on one picture each; the figures at the limits are by proportion, not measured. 85 scans too
many over 9 megapixels cost 0.5 s (one run), so some 12 s at the limits. A PNG of 49 megapixels, 8 bit, in
143 kB takes 1.0 to 1.6 s and 654 MB above what the program holds anyway (3 runs, fresh processes), so some
2.7 GB at 200 megapixels for each of the `--workers` that read; 16 bits and alpha take more. Where that is too
much, lower `--max-megapixels`.
"""
