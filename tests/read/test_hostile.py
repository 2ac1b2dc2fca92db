"""Files, folders and lists of strangers: each is read or refused with a reason, and none takes for ever."""

from __future__ import annotations

import io
import os
import pickle
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from lightmeter.errors import CardError, LightmeterError, SourceError, UnreadableImage
from lightmeter.read import folders
from lightmeter.read.card import read_card
from lightmeter.read.decode import decode
from lightmeter.read.jpeg import scans
from lightmeter.read.limits import Limits
from lightmeter.read.prompts import generation
from lightmeter.read.sources import find
from lightmeter.read.unpack import unpacked

CODES = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def saved(form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(CODES).save(stream, form, **options)
    return stream.getvalue()


def described() -> bytes:
    """A PNG with a prompt in each kind of text chunk."""
    words = PngImagePlugin.PngInfo()
    words.add_text("parameters", "a portrait\nNegative prompt: wax\nSteps: 20, Seed: 7")
    words.add_text("prompt", '{"3": {"class_type": "KSampler", "inputs": {"seed": 7}}}', zip=True)
    words.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    return saved("PNG", pnginfo=words)


EXIF = Image.Exif()
EXIF[0x010E] = "a portrait --ar 2:3"
MADE = {
    "png": described(),
    "jpg": saved("JPEG", exif=EXIF, progressive=True),
    "webp": saved("WEBP", exif=EXIF),
    "tif": saved("TIFF", exif=EXIF),
    "avif": saved("AVIF", exif=EXIF),
}


LIES = [b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\1\0\0\0"]


def mutated(data: bytes, draw: Callable[[Any], Any]) -> bytes:
    """Bytes changed, cut out, doubled or replaced by lengths that lie."""
    found = bytearray(data)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(found) - 1))
        kind = draw(st.sampled_from(["byte", "length", "cut", "double"]))
        if kind == "byte":
            found[at] = draw(st.integers(0, 255))
        elif kind == "length":
            found[at : at + 4] = draw(st.sampled_from(LIES))
        elif kind == "cut":
            del found[at : at + draw(st.integers(1, 40))]
        else:
            found[at:at] = found[at : at + draw(st.integers(1, 40))]
        found = found or bytearray(b"\0")
    return bytes(found)


@QUICK
@given(st.sampled_from(sorted(MADE)), st.data())
def test_damaged_files_are_read_or_refused_pixels_and_prompts_alike(
    tmp_path: Path, form: str, data: st.DataObject
) -> None:
    path = tmp_path / f"hostile.{form}"
    path.write_bytes(mutated(MADE[form], data.draw))
    made = generation(path)
    assert made.prompt is None or made.prompt.encode("utf-8", "backslashreplace")
    try:
        assert decode(path, Limits(pixels=1_000_000)).frame(32).isfinite().all()
    except UnreadableImage as refusal:
        assert str(refusal).isprintable() and len(str(refusal)) < 300


ODD = ["path", "../../x.png", "/", ".", "a\0b", "seed", '"', "\ud800"]
ROWS = st.lists(st.lists(st.text(max_size=20) | st.sampled_from(ODD), max_size=4), max_size=5)


@QUICK
@given(ROWS, st.sampled_from(["csv", "jsonl"]), st.booleans())
def test_any_manifest_is_read_or_refused(
    tmp_path: Path, rows: list[list[str]], kind: str, head: bool
) -> None:
    manifest = tmp_path / f"list.{kind}"
    lines = ["path,variant,prompt,seed"] * head + [",".join(row) for row in rows]
    manifest.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    try:
        assert find([manifest])
    except SourceError as refusal:
        assert str(manifest) in str(refusal)


@QUICK
@given(st.text(max_size=80), st.sampled_from(["json", "yaml", "md"]))
def test_any_card_is_read_or_refused(tmp_path: Path, words: str, kind: str) -> None:
    card = tmp_path / f"card.{kind}"
    card.write_bytes(words.encode("utf-8", "surrogatepass"))
    with pytest.raises(CardError):
        read_card(card)


@pytest.mark.parametrize(
    "yaml",
    [
        "prompt: !!python/object/apply:os.system ['true']",
        "prompt: !!python/name:os.system",
        "prompt: a\nnotes: &a [*a]",
        "prompt: &x [a, a]\n" + "\n".join(f"n{i}: [*x, *x]" for i in range(12)),
    ],
)
def test_yaml_runs_nothing_and_multiplies_nothing(tmp_path: Path, yaml: str) -> None:
    card = tmp_path / "card.yaml"
    card.write_text(yaml)
    with pytest.raises(CardError):
        read_card(card)


def test_a_confined_manifest_stays_in_its_folder(tmp_path: Path) -> None:
    inside, secret = tmp_path / "inside", tmp_path / "secret.png"
    inside.mkdir()
    secret.write_bytes(MADE["png"])
    (inside / "link.png").symlink_to(secret)
    (inside / "own.png").write_bytes(MADE["png"])
    manifest = inside / "list.csv"
    for given_path in ("../secret.png", str(secret), "link.png", "a/../../secret.png"):
        manifest.write_text(f"path\nown.png\n{given_path}\n")
        assert len(find([manifest])) == 2
        with pytest.raises(SourceError, match=r"list\.csv, line 3: .* is outside the manifest's folder"):
            find([manifest], confined=True)
    manifest.write_text("path\nown.png\n")
    assert len(find([manifest], confined=True)) == 1


@pytest.mark.parametrize("name", ["/", ".", "a\\u0000b", ".."])
def test_a_manifest_names_files(tmp_path: Path, name: str) -> None:
    manifest = tmp_path / "list.jsonl"
    manifest.write_text(f'{{"path": "{name}"}}')
    try:
        assert not decodable(find([manifest])[0].path)
    except SourceError as refusal:
        assert "is not the name of a file" in str(refusal)


def decodable(path: Path) -> bool:
    try:
        decode(path)
    except UnreadableImage:
        return False
    return True


def test_links_that_multiply_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MOST_FOLDERS", 500)
    for i in range(12):
        (tmp_path / f"d{i}").mkdir()
        for name in "ab":
            (tmp_path / f"d{i}" / name).symlink_to(tmp_path / f"d{i + 1}")
    with pytest.raises(SourceError, match="more than 500 folders"):
        find([tmp_path / "d0"])


def test_a_folder_that_goes_away_while_it_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    (tmp_path / "own.png").write_bytes(MADE["png"])
    scandir = os.scandir

    def vanishing(folder: Path) -> Any:
        if Path(folder).name == "gone":
            raise FileNotFoundError
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", vanishing)
    assert [source.image for source in find([tmp_path])] == ["own.png"]


def progressive(extra: int) -> bytes:
    """A JPEG whose last scan is there `extra` times more: bytes that cost the decoder a pass each."""
    data = saved("JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * extra + b"\xff\xd9"


def test_scans_are_counted_and_limited() -> None:
    plain = scans(saved("JPEG"))
    own = scans(progressive(0))
    assert plain == 1 < own < 20
    assert scans(progressive(200)) == own + 200
    assert scans(progressive(0) + b"\xff\xda" * 500) == own  # what follows the picture, a film say
    with pytest.raises(UnreadableImage, match=f"JPEG of {own + 200} scans: the limit is 100"):
        unpacked(progressive(200))
    assert unpacked(progressive(0)).codes.shape[1] == 32


@QUICK
@given(st.binary(max_size=200))
def test_counting_scans_ends(data: bytes) -> None:
    assert 0 <= scans(b"\xff\xd8" + data) <= len(data)


def test_a_bomb_costs_nothing() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1_000_000)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in chunks
    )
    began = time.monotonic()
    with pytest.raises(UnreadableImage, match="too large: 60000 x 60000 pixels; the limit is 200 megapixels"):
        unpacked(b"\x89PNG\r\n\x1a\n" + body)
    assert time.monotonic() - began < 1


class Trap:
    """What runs code where it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (os.putenv, ("LIGHTMETER_TRAPPED",))


@pytest.mark.parametrize("name", ["weights.pt", "weights.bin", "weights.safetensors"])
def test_pickled_weights_are_refused(tmp_path: Path, name: str) -> None:
    """Whatever the file is called: the loader of .safetensors knows no pickle."""
    from lightmeter.see.clip import ClipSpec
    from lightmeter.see.clip_checkpoint import find_checkpoint

    file = tmp_path / name
    file.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(LightmeterError):
        found = find_checkpoint(ClipSpec("ViT-B-32", str(file)))
        from safetensors import SafetensorError, safe_open

        try:
            safe_open(found.path, "pt")
        except SafetensorError as error:
            raise LightmeterError(str(error)) from error
