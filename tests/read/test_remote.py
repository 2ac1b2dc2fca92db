"""Stores: the same names, order and values as of a local copy; each object read once; hostile keys."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin
from typer.testing import CliRunner

from lightmeter.api import measured_run
from lightmeter.cli import app
from lightmeter.engine.plan import Settings
from lightmeter.errors import LightmeterError, SourceError, UnreadableImage
from lightmeter.read import remote_content
from lightmeter.read.decode import Limits, bytes_of
from lightmeter.read.remote import is_url, located
from lightmeter.read.sources import find
from lightmeter.report.write import write

pytest.importorskip("upath", reason="needs lightmeter[remote]")
import fsspec

PPM = b"P6\n1 1\n255\nabc"
CHEAP = ("megapixels", "aspect_ratio", "saturation")
PLAIN = Settings(device="cpu", evidence=False)


def picture(shade: int, **texts: str) -> bytes:
    """A PNG with texts in it, which stand after its header and before its pixels."""
    info, out = PngImagePlugin.PngInfo(), io.BytesIO()
    for name, text in texts.items():
        info.add_text(name, text)
    Image.new("RGB", (24, 16), (shade, 90, 40)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


TREE = {
    "warm/img10.png": picture(
        10, parameters="a portrait, soft light\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 7, Size: 24x16"
    ),
    "warm/img2.png": picture(20),
    "warm/img2.txt": b"a portrait by the window",
    "cold/broken.png": b"\x89PNG\r\n\x1a\n broken",
    "cold/empty.png": b"",
    "cold/notes.md": b"not a picture",
    "cold/odd #1 %41 é.png": picture(30),
    "cold/.hidden.png": picture(40),
    "top.png": picture(50),
}
"""Key -> bytes: two variants, prompts inside and beside, what is broken, and names that URLs would escape."""


@pytest.fixture
def local(tmp_path: Path) -> Path:
    for name, data in TREE.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "tree"


@pytest.fixture
def memory() -> Iterator[Any]:
    """fsspec's store within the process, with the tree at memory://bucket/tree."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    for name, data in TREE.items():
        store.pipe(f"/bucket/tree/{name}", data)
    yield store
    store.store.clear()
    store.pseudo_dirs[:] = [""]


def tables(paths: str | Path, out: Path, variants: str = "folder") -> dict[str, bytes]:
    run = measured_run(paths, only=CHEAP, variants=variants, settings=PLAIN)
    return {path.name: path.read_bytes() for path in write(run, out) if path.name.startswith("measure")}


@pytest.mark.parametrize("variants", ["folder", "metadata"])
def test_tables_are_those_of_a_local_copy(local: Path, memory: Any, tmp_path: Path, variants: str) -> None:
    here = tables(local, tmp_path / "here", variants)
    assert tables("memory://bucket/tree", tmp_path / "there", variants) == here
    assert b"soft light" in here["measurements.csv"]
    assert b"by the window" in here["measurements.csv"]


def test_the_path_of_a_record_is_its_url(memory: Any) -> None:
    run = measured_run("memory://bucket/tree/warm", only=CHEAP, settings=PLAIN)
    assert [record.path for record in run.images] == [
        "memory://bucket/tree/warm/img2.png",
        "memory://bucket/tree/warm/img10.png",
    ]


def test_each_object_is_read_once(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read: Counter[str] = Counter()
    honest = type(memory).cat_file

    def counting(self: Any, path: str, start: int | None = None, end: int | None = None) -> bytes:
        read[path.rsplit("/", 1)[1]] += 1
        return honest(self, path, start, end)

    monkeypatch.setattr(type(memory), "cat_file", counting)
    measured_run("memory://bucket/tree/warm", only=CHEAP, settings=PLAIN)
    assert read["img2.png"] == read["img10.png"] == 1
    assert read["img2.txt"] == 2  # its head, to tell what it is, and its prompt


@pytest.mark.parametrize("pattern", ["**/*.png", "*/img*.png", "warm", "*", "cold/*[!d].png"])
def test_globs_match_what_they_match_here(local: Path, memory: Any, pattern: str) -> None:
    here = [source.path.relative_to(local).as_posix() for source in find([local / pattern])]
    there = [
        str(s.path).removeprefix("memory://bucket/tree/") for s in find([f"memory://bucket/tree/{pattern}"])
    ]
    assert there == here


def test_single_objects_and_manifests_of_a_store(memory: Any) -> None:
    (one,) = find(["memory://bucket/tree/top.png"])
    assert (one.image, one.variant) == ("memory://bucket/tree/top.png", "tree")
    memory.pipe("/bucket/list.csv", b"path,seed\ntree/top.png,3\nmemory://bucket/tree/warm/img2.png,4\n")
    listed = find(["memory://bucket/list.csv"])
    assert [(source.image, source.seed) for source in listed] == [
        ("tree/top.png", 3),
        ("memory://bucket/tree/warm/img2.png", 4),
    ]
    assert listed[1].prompt == "a portrait by the window"


@pytest.mark.parametrize(
    "entry", ["/etc/passwd", "../../etc/passwd", "file:///etc/passwd", "zip://a::memory://b"]
)
def test_a_manifest_of_a_store_names_no_file_of_this_machine(memory: Any, entry: str) -> None:
    memory.pipe("/bucket/list.csv", f"path\n{entry}\n".encode())
    with pytest.raises(SourceError, match="line 2"):
        find(["memory://bucket/list.csv"])


def test_a_confined_manifest_stays_in_its_folder(memory: Any, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("path\nmemory://bucket/tree/top.png\n")
    assert str(find([tmp_path / "list.csv"])[0].path) == "memory://bucket/tree/top.png"
    with pytest.raises(SourceError, match="outside"):
        find([tmp_path / "list.csv"], confined=True)
    for entry in ("../tree2/top.png", "memory://bucket/tree/../tree2/top.png"):
        memory.pipe("/bucket/tree/list.csv", f"path\n{entry}\n".encode())
        with pytest.raises(SourceError, match="outside"):
            find(["memory://bucket/tree/list.csv"], confined=True)


def test_keys_never_leave_their_prefix(memory: Any) -> None:
    memory.store["/bucket/tree/../../etc/x.png"] = memory.store["/bucket/tree/top.png"]
    assert not any(".." in str(source.path) for source in find(["memory://bucket/tree"]))


def test_too_large_is_refused_before_it_is_read(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    source = find(["memory://bucket/tree/warm"])[0]
    assert source.stored is not None
    small = Limits(bytes=40)
    with pytest.raises(UnreadableImage, match="more than 40 bytes"):  # a listing that lied
        bytes_of(source.path, small, 10)
    monkeypatch.setattr(type(memory), "cat_file", None)
    with pytest.raises(UnreadableImage, match=f"{source.stored.size} bytes; the limit is 40"):
        bytes_of(source.path, small, source.stored.size)


@pytest.mark.parametrize(
    ("failures", "error", "reason"),
    [
        (2, OSError("connection reset"), ""),
        (9, OSError("connection reset"), "cannot be read: OSError: connection reset"),
        (9, FileNotFoundError("gone"), "no such file"),
        (9, PermissionError("no"), "cannot be read: access denied"),
    ],
)
def test_a_store_that_stumbles_costs_at_most_that_image(
    memory: Any, monkeypatch: pytest.MonkeyPatch, failures: int, error: Exception, reason: str
) -> None:
    honest, left = type(memory).cat_file, [failures]

    def stumbling(self: Any, path: str, start: int | None = None, end: int | None = None) -> bytes:
        if path.endswith("img2.png") and left[0]:
            left[0] -= 1
            raise error
        return honest(self, path, start, end)

    monkeypatch.setattr(type(memory), "cat_file", stumbling)
    monkeypatch.setattr(remote_content.time, "sleep", lambda seconds: None)
    run = measured_run("memory://bucket/tree/warm", only=CHEAP, settings=PLAIN)
    assert {Path(record.image).name: record.reason for record in run.images} == {
        "img2.png": reason,
        "img10.png": "",
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("memory://bucket/none", "no such bucket, prefix or object"),
        ("memory://bucket/none*/x.png", "matches no object"),
        ("file:///etc", "no store that images are read from; give s3://"),
        ("s3://", "no store that images are read from"),
        ("gs://bucket/x.png", "pip install 'lightmeter[remote]'"),
    ],
)
def test_a_wrong_url_says_what_would_be_right(
    memory: Any, monkeypatch: pytest.MonkeyPatch, given: str, said: str
) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(SourceError) as raised:
        find([given])
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "upath", None)
    with pytest.raises(SourceError, match=r"pip install 'lightmeter\[remote\]'"):
        located("s3://bucket/x.png")


def test_out_must_be_local(memory: Any) -> None:
    for command in (["score"], ["measure"]):
        answer = CliRunner().invoke(app, [*command, "memory://bucket/tree", "--out", "s3://bucket/out"])
        assert isinstance(answer.exception, LightmeterError)
        assert "folder of this machine" in str(answer.exception)


def test_only_urls_are_urls() -> None:
    assert [is_url(given) for given in ("s3://b/x", Path("s3://b/x"), "c:/x", "a/b:/c", "x")] == [
        True,
        True,
    ] + [False] * 3


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real S3 server on this machine, with the tree at s3://bucket/tree; gives its endpoint."""
    server_module = pytest.importorskip("moto.server", reason="needs moto[server]")
    s3fs = pytest.importorskip("s3fs", reason="needs lightmeter[remote]")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    account = {"key": "test", "secret": "test", "endpoint_url": endpoint}
    monkeypatch.setitem(fsspec.config.conf, "s3", account)
    store = s3fs.S3FileSystem(**account)
    store.makedirs("bucket", exist_ok=True)  # the server forgets nothing within a process
    for name, data in TREE.items():
        store.pipe(f"bucket/tree/{name}", data)
    yield endpoint
    server.stop()
    s3fs.S3FileSystem.clear_instance_cache()


def test_a_real_s3_server_gives_the_tables_of_a_local_copy(local: Path, s3: str, tmp_path: Path) -> None:
    assert tables("s3://bucket/tree", tmp_path / "there") == tables(local, tmp_path / "here")
    assert len(find(["s3://bucket/tree/**/img*.png"])) == 2
    with pytest.raises(SourceError, match="s3://nothing/x: no such bucket, prefix or object"):
        find(["s3://nothing/x"])


def test_the_command_reads_s3_as_the_environment_says(s3: str, tmp_path: Path) -> None:
    account = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL": s3}
    asked = ["measure", "s3://bucket/tree", "--only", "megapixels", "--no-cache", "--out", str(tmp_path)]
    command = [sys.executable, "-c", "from lightmeter.cli import main; main()", *asked]
    ended = subprocess.run(command, env={**os.environ, **account}, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert json.loads((tmp_path / "run.json").read_text())["counts"]["files"]["measured"] == 4
