"""Downloads from a hub on this machine; nothing leaves it."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import open_clip
import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import save
from typer.testing import CliRunner

from lightmeter.cli import app
from lightmeter.errors import LightmeterError, WeightsUnavailable
from lightmeter.see.clip import ClipSpec
from lightmeter.see.clip_checkpoint import find_checkpoint
from lightmeter.see.clip_download import download

SPEC = ClipSpec("ViT-B-32", "for_tests")
WEIGHTS = save({"logit_scale": torch.tensor(1.0)})


@dataclass
class Hub:
    """What it serves under every address, which sha256 it states, and what was asked of it."""

    body: bytes = WEIGHTS
    stated: str = hashlib.sha256(WEIGHTS).hexdigest()
    asked: list[str] = field(default_factory=list)


def point_at(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As HF_ENDPOINT does, which is read on import."""
    form = constants.HUGGINGFACE_CO_URL_TEMPLATE.removeprefix(constants.ENDPOINT)
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", f"http://127.0.0.1:{port}{form}")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    shown = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            shown.asked.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.send_header("ETag", f'"{shown.stated}"')
            self.send_header("X-Repo-Commit", "c" * 40)
            self.send_header("Content-Length", str(len(shown.body)))
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            self.wfile.write(shown.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    point_at(server.server_port, monkeypatch)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setitem(
        open_clip.pretrained._PRETRAINED["ViT-B-32"], "for_tests", {"hf_hub": "somebody/tiny/"}
    )
    yield shown
    server.shutdown()
    server.server_close()


def test_fetched_weights_are_found_afterwards(hub: Hub) -> None:
    with pytest.raises(WeightsUnavailable, match="doctor --download"):
        find_checkpoint(SPEC)
    path, digest = download(SPEC)
    assert path.read_bytes() == WEIGHTS
    assert digest == hub.stated
    assert find_checkpoint(SPEC).path == path
    place = "/somebody/tiny/resolve/main/open_clip_model.safetensors"
    assert {f"HEAD {place}", f"GET {place}"} <= set(hub.asked)


def test_fetched_weights_are_not_fetched_again(hub: Hub) -> None:
    download(SPEC)
    hub.asked.clear()
    download(SPEC)
    assert not any(line.startswith("GET") for line in hub.asked)


def test_bytes_of_another_digest_are_refused_and_removed(hub: Hub) -> None:
    hub.stated = "0" * 64
    with pytest.raises(WeightsUnavailable, match=rf"has the sha256 \w+, but somebody/tiny states {'0' * 64}"):
        download(SPEC)
    with pytest.raises(WeightsUnavailable, match="in the local Hugging Face cache"):
        find_checkpoint(SPEC)


def test_a_file_without_a_stated_digest_is_not_fetched(hub: Hub) -> None:
    hub.stated = "a1b2"
    with pytest.raises(WeightsUnavailable, match="states no sha256"):
        download(SPEC)
    assert not any(line.startswith("GET") for line in hub.asked)


@pytest.mark.usefixtures("hub")
def test_a_hub_out_of_reach_fails_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(9, monkeypatch)
    start = time.perf_counter()
    with pytest.raises(
        WeightsUnavailable, match=r"somebody/tiny cannot be fetched: .*\n.*--clip ViT-B-32:PATH"
    ):
        download(SPEC)
    assert time.perf_counter() - start < 3


@pytest.mark.usefixtures("hub")
def test_offline_mode_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsUnavailable, match="offline mode is enabled"):
        download(SPEC)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("ViT-B-32:mine.safetensors", "names a file of yours"),
        ("ViT-B-32:mine.pt", "names a file of yours"),
        ("ViT-B-32:laion3b", "its tags: .*laion2b_s34b_b79k"),
        ("ViT-B-23:openai", "nearest: .*ViT-B-32"),
    ],
)
def test_what_cannot_be_fetched_is_explained(spec: str, message: str) -> None:
    with pytest.raises(LightmeterError, match=message):
        download(ClipSpec.parse(spec))


def test_doctor_fetches_when_asked(hub: Hub, tmp_path: Path) -> None:
    given = ["doctor", "--clip", str(SPEC), "--cache", str(tmp_path / "values.sqlite"), "--device", "cpu"]
    done = CliRunner().invoke(app, [*given, "--download"])
    assert done.exit_code == 0, done.output
    assert hub.stated in done.output.replace("\n", "")
