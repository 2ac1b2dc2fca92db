"""Manifest before sidecar before metadata, field by field; variants by prompt and model."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from lightmeter.read.metadata.generation import Generation
from lightmeter.read.prompts import generation, variant_name
from lightmeter.read.sources import find, made

SETTINGS = "\nNegative prompt: {}\nSteps: 20, Sampler: Euler, Seed: {}, Size: 2x2, Model: {}"


def image(path: Path, prompt: str = "", negative: str = "n", seed: int = 1, model: str = "m") -> Path:
    info = PngImagePlugin.PngInfo()
    if prompt:
        info.add_text("parameters", prompt + SETTINGS.format(negative, seed, model))
    Image.new("RGB", (2, 2)).save(path, pnginfo=info)
    return path


def test_precedence_field_by_field(tmp_path):
    path = image(tmp_path / "x.png", "embedded", seed=3)
    assert (generation(path).prompt, generation(path).origin) == ("embedded", "embedded")
    (tmp_path / "x.txt").write_text("beside")
    found = generation(path)
    assert (found.prompt, found.seed, found.origin, found.model) == ("beside", 3, "sidecar x.txt", "m")
    (tmp_path / "list.csv").write_text("path,prompt\nx.png,listed\n")
    [source] = find([tmp_path / "list.csv"])
    assert (source.prompt, source.seed) == ("listed", 3)
    [(_, told)] = made([tmp_path / "list.csv"])
    assert (told.prompt, told.origin, told.negative) == ("listed", "manifest", "n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.txt", "cat" + SETTINGS.format("dog", 7, "m")),
        ("x.png.txt", "cat --seed 7 --no dog"),
        ("x.json", '{"prompt": "cat", "negative_prompt": "dog", "seed": 7}'),
        ("x.yaml", "prompt: cat\nnegative_prompt: dog\nseed: 7\n"),
        ("x.md", '```json\n{"prompt": "cat", "negative_prompt": "dog", "seed": 7}\n```\n'),
    ],
)
def test_sidecars(tmp_path, name, text):
    path = image(tmp_path / "x.png")
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = generation(path)
    assert (found.prompt, found.negative, found.seed, found.origin) == ("cat", "dog", 7, f"sidecar {name}")
    assert [source.image for source in find([tmp_path])] == ["x.png"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.json", b"{", "x.json: no prompt in it"),
        ("x.txt", b"\0 \n", "x.txt: no prompt in it"),
        ("x.md", b"\xff", "not UTF-8"),
        ("x.yaml", b"&a [*a]", "an alias that contains itself"),
        ("x.json", b" " * (1 << 21), "more than 1 MiB"),
    ],
)
def test_bad_sidecars_are_said_and_do_not_hide_the_metadata(tmp_path, name, data, said):
    path = image(tmp_path / "x.png")
    (tmp_path / name).write_bytes(data)
    assert said in generation(path).reason
    assert generation(image(path, "embedded")).prompt == "embedded"


def test_reasons(tmp_path):
    assert generation(image(tmp_path / "x.png")).reason == "no generation metadata (PNG)"
    assert generation(tmp_path / "none.png").reason == "not a file"
    (tmp_path / "empty.png").touch()
    assert generation(tmp_path / "empty.png").reason == "no generation metadata (empty file)"


def test_variants_by_metadata(tmp_path):
    image(tmp_path / "a.png", "a warm  portrait", seed=1)
    image(tmp_path / "b.png", "a warm portrait", seed=2)
    image(tmp_path / "c.png", "a warm portrait", model="other")
    image(tmp_path / "d.png", "a warm portrait", negative="other")
    image(tmp_path / "e.png")
    a, b, c, d, e = (source.variant for source in find([tmp_path], "metadata"))
    assert a == b and len({a, c, d, e}) == 4
    assert re.fullmatch(r"a-warm-portrait-[0-9a-f]{6}", a)
    assert e == "no prompt"


def test_names_of_variants_are_short_and_do_not_depend_on_the_run():
    long = Generation(prompt="Hyperrealistic portrait of a young woman " * 20)
    assert variant_name(long).startswith("hyperrealistic-portrait-") and len(variant_name(long)) <= 31
    assert variant_name(Generation(prompt="", model="flux1-dev")).startswith("flux1-dev-")
    assert variant_name(Generation(prompt="\udcff")).startswith("prompt-")
    assert variant_name(Generation(prompt="a cat", negative="dog", model="m")) == "a-cat-7db564"


def test_text_hidden_in_alpha_is_found_when_asked(tmp_path):
    packed = gzip.compress(("cat" + SETTINGS.format("dog", 7, "m")).encode())
    data = b"stealth_pngcomp" + (8 * len(packed)).to_bytes(4, "big") + packed
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    alpha = np.full(64 * 64, 254, np.uint8)
    alpha[: len(bits)] |= bits
    pixels = np.dstack([np.full((64, 64, 3), 90, np.uint8), alpha.reshape(64, 64).T])
    Image.fromarray(pixels).save(tmp_path / "x.png")
    assert generation(tmp_path / "x.png").prompt is None
    found = generation(tmp_path / "x.png", hidden=True)
    assert (found.prompt, found.seed, found.origin) == ("cat", 7, "hidden in alpha")
