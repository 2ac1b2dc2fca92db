"""What each tool writes, by hand, against what it shows; where `sd-parsers` reads it too, against that."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightmeter.read.metadata.a1111 import a1111
from lightmeter.read.metadata.dialects import generation_in, generation_of
from lightmeter.read.metadata.generation import Generation
from lightmeter.read.metadata.midjourney import midjourney

A1111 = (
    "a portrait, (pores:1.2)\nsecond line\nNegative prompt: plastic,\nflat light\n"
    "Steps: 24, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 7, Size: 512x768, "
    'Model hash: 45a21e, Model: sd_xl, Lora hashes: "a: 1, b: 2", Version: {}'
)
WANTED = Generation(
    "AUTOMATIC1111", "a portrait, (pores:1.2)\nsecond line", "plastic,\nflat light",
    7, 24, "DPM++ 2M", 6.5, "512x768", "sd_xl",
)  # fmt: skip


@pytest.mark.parametrize(
    ("version", "tool"), [("v1.10.1", "AUTOMATIC1111"), ("f2.0.1v1.10.1", "Forge"), ("neo", "Forge")]
)
def test_a1111_and_forge(version, tool):
    found = generation_of({"parameters": A1111.format(version)})
    assert (found.tool, found.completed(WANTED)) == (tool, found)
    assert found.prompt == WANTED.prompt and found.negative == WANTED.negative and found.seed == 7


def test_a1111_in_full():
    assert a1111(A1111.format("v1.10.1")) == WANTED


def test_a1111_prompts_that_mislead():
    said = "photo, Steps: many, Negative prompt: in a line\nNegative prompt: x\nNegative prompt: y\n"
    said += "Steps: 1, Seed: 2, Size: 1x1"
    found = a1111(said)
    assert found is not None
    assert found.prompt == "photo, Steps: many, Negative prompt: in a line"
    assert (found.negative, found.seed) == ("x\nNegative prompt: y", 2)
    assert a1111("just a sentence: with a colon") is None


SETTINGS = {"seed": 7, "steps": 24, "width": 512, "height": 768}


@pytest.mark.parametrize(
    ("tool", "fields"),
    [
        ("InvokeAI", {"invokeai_metadata": {
            "positive_prompt": "cat", "negative_prompt": "dog", "cfg_scale": 7, "scheduler": "euler",
            "model": {"name": "xl", "hash": "f"}, **SETTINGS}}),
        ("SwarmUI", {"parameters": {"sui_image_params": {
            "prompt": "cat", "negativeprompt": "dog", "cfgscale": 7, "sampler": "euler",
            "model": "xl", **SETTINGS}}}),
        ("Fooocus", {"parameters": {
            "prompt": "cat", "negative_prompt": "dog", "guidance_scale": 7, "sampler": "euler",
            "base_model": "xl", "base_model_hash": "f", "steps": 24, "seed": "7",
            "resolution": "(512, 768)"}}),
        ("RuinedFooocus", {"parameters": {
            "Prompt": "cat", "Negative": "dog", "cfg": 7, "sampler_name": "euler", "base_model_name": "xl",
            "software": "RuinedFooocus", **SETTINGS}}),
        ("Draw Things", {"xmp:UserComment": {
            "c": "cat", "uc": "dog", "scale": 7, "sampler": "euler", "model": "xl", "v2": {}, "seed": 7,
            "steps": 24, "size": "512x768"}}),
        ("NovelAI", {"Software": "NovelAI", "Source": "xl", "Description": "cat", "Comment": {
            "uc": "dog", "scale": 7.0, "sampler": "euler", **SETTINGS}}),
    ],
)  # fmt: skip
def test_tools_that_write_json(tool, fields):
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    assert generation_of(texts) == Generation(tool, "cat", "dog", 7, 24, "euler", 7.0, "512x768", "xl")


def test_novelai_in_webp_and_with_captions():
    comment = json.dumps(
        {"v4_prompt": {"caption": {"base_caption": "x"}}, "prompt": "cat", "uc": "dog", "seed": 7}
    )
    outer = json.dumps({"Comment": comment, "Description": "cat", "Software": "NovelAI"})
    found = generation_of({"Software": "NovelAI Diffusion V4.5", "UserComment": outer})
    assert (found.tool, found.prompt, found.negative, found.seed) == ("NovelAI", "cat", "dog", 7)


def test_tensorart_falls_back_to_its_graph_for_a_random_seed():
    graph = {"1": {"class_type": "KSampler", "inputs": {"seed": 9, "steps": 5, "positive": ["2", 0]}},
             "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "cat"}}}  # fmt: skip
    given = json.dumps({"prompt": "cat", "negativePrompt": "dog", "seed": "-1"}) + "\0"
    found = generation_of({"generation_data": given, "prompt": json.dumps(graph)})
    assert (found.tool, found.prompt, found.negative, found.seed) == ("TensorArt", "cat", "dog", 9)


@pytest.mark.parametrize("field", ["Description", "ImageDescription", "xmp:description", "iptc:Caption"])
def test_midjourney(field):
    said = "a young woman, 45° key --ar 2:3 --no plastic, text --seed 7 --v 6.1 --style raw Job ID: 0a1b2c3d"
    assert generation_of({field: said}) == Generation(
        "Midjourney", "a young woman, 45° key", "plastic, text", 7, size="2:3", model="v6.1"
    )


def test_an_ordinary_description_is_no_prompt():
    assert midjourney("OLYMPUS DIGITAL CAMERA") is None
    assert not generation_of({"ImageDescription": "Kodak -- 2004", "Comment": "resaved"})


def test_iptc_has_its_own_field_for_prompts():
    found = generation_of({"xmp:AIPromptInformation": "cat", "xmp:AISystemUsed": "Imagen"})
    assert (found.tool, found.prompt) == ("Imagen", "cat")


DREAM = '"a woman [glowing eyes]" -s 50 -S 2980747362 -W 512 -H 768 -C 5 -A k_lms'


def test_older_invokeai():
    pytest.importorskip("sd_parsers")
    assert generation_of({"Dream": DREAM}) == Generation(
        "InvokeAI", "a woman", "glowing eyes", 2980747362, 50, "k_lms", 5.0, "512x768"
    )


@pytest.mark.parametrize("given", ["{}", "[", '{"image": 1}', '{"image": {"prompt": [1], "sampler": "x"}}'])
def test_older_invokeai_that_is_broken(given):
    pytest.importorskip("sd_parsers")
    assert not generation_of({"sd-metadata": given})


def test_a1111_agrees_with_an_independent_reader():
    parsers = pytest.importorskip("sd_parsers.parsers")
    text = A1111.format("v1.10.1")
    theirs = parsers.AUTOMATIC1111Parser().parse({"parameters": text})
    ours = generation_of({"parameters": text})
    sampler = theirs.samplers[0]
    assert (ours.prompt, ours.negative) == (theirs.full_prompt, theirs.full_negative_prompt)
    assert (str(ours.seed), ours.sampler) == (sampler.parameters["seed"], sampler.name)


@pytest.mark.parametrize(
    "given",
    [
        "[" * 100_000,
        '{"prompt":' * 5000,
        '{"prompt": 1e999, "seed": NaN}',
        '{"seed": ' + "9" * 5000 + "}",
        "{}",
        "\0",
    ],
)
def test_hostile_json_says_nothing(given):
    assert generation_in(given) is None
    assert not generation_of({"prompt": given, "workflow": given, "parameters": given, "Comment": given})


_WORDS = """
    prompt positive negative text seed steps sampler model class_type inputs nodes links id type mode name
    link widgets_values KSampler CLIPTextEncode SaveImage images image parameters caption width height 1 2
"""
WORDS = st.sampled_from(_WORDS.split())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=40,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(WORDS, JSON, min_size=1))
def test_json_of_any_shape_is_read_or_not(words):
    text = json.dumps(words)
    assert isinstance(generation_in(text), Generation | None)
    found = generation_of({"prompt": text, "workflow": text, "parameters": text, "invokeai_metadata": text})
    assert isinstance(found, Generation)
    assert found.seed is None or found.seed >= 0


VALUES = st.tuples(st.sampled_from("1234"), st.integers(0, 2)).map(list) | JSON
INPUTS = st.dictionaries(WORDS, VALUES, max_size=5)
NODES = st.fixed_dictionaries({"class_type": WORDS, "inputs": INPUTS})


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from("1234"), NODES, min_size=1))
def test_graphs_of_any_shape_are_walked_to_an_end(graph):
    assert isinstance(generation_of({"prompt": json.dumps(graph)}), Generation)
