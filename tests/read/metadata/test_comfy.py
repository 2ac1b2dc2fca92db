"""ComfyUI graphs, built by hand: prompts and seeds are found by walking from the sampler."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lightmeter.read.metadata.comfy import comfy
from lightmeter.read.metadata.comfy_graph import edited, executed
from lightmeter.read.metadata.container import texts_of
from lightmeter.read.metadata.dialects import generation_of
from lightmeter.read.metadata.generation import Generation


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


PLAIN = {
    "1": node("CheckpointLoaderSimple", ckpt_name="xl.safetensors"),
    "2": node("LoraLoader", lora_name="l", model=["1", 0], clip=["1", 1]),
    "3": node("CLIPTextEncode", text="dog", clip=["2", 1]),
    "4": node("CLIPTextEncode", text="cat", clip=["2", 1]),
    "5": node("EmptyLatentImage", width=512, height=768, batch_size=1),
    "6": node("KSampler", seed=7, steps=24, cfg=6.5, sampler_name="euler", model=["2", 0],
              positive=["4", 0], negative=["3", 0], latent_image=["5", 0]),
    "7": node("VAEDecode", samples=["6", 0], vae=["1", 2]),
    "8": node("SaveImage", images=["7", 0]),
}  # fmt: skip
WANTED = Generation("ComfyUI", "cat", "dog", 7, 24, "euler", 6.5, "512x768", "xl.safetensors")

FLUX = {
    "1": node("UNETLoader", unet_name="flux1-dev.safetensors"),
    "2": node("PrimitiveString", value="a woman in a beam"),
    "3": node("CLIPTextEncode", text=["2", 0], clip=["9", 0]),
    "4": node("FluxGuidance", guidance=3.5, conditioning=["3", 0]),
    "5": node("BasicGuider", model=["1", 0], conditioning=["4", 0]),
    "6": node("RandomNoise", noise_seed=7),
    "7": node("BasicScheduler", scheduler="simple", steps=20, model=["1", 0]),
    "8": node("KSamplerSelect", sampler_name="euler"),
    "9": node("DualCLIPLoader", clip_name1="t5", clip_name2="l"),
    "10": node("EmptySD3LatentImage", width=1024, height=1024),
    "11": node("SamplerCustomAdvanced", noise=["6", 0], guider=["5", 0], sampler=["8", 0], sigmas=["7", 0],
               latent_image=["10", 0]),
    "12": node("VAEDecode", samples=["11", 0]),
    "13": node("SaveImage", images=["12", 0]),
}  # fmt: skip


def read(graph: dict[str, Any], **changed: Any) -> Generation | None:
    return comfy(executed({**graph, **changed}))


def test_a_plain_graph():
    assert read(PLAIN) == WANTED


def test_a_flux_graph():
    wanted = Generation(
        "ComfyUI", "a woman in a beam", None, 7, 20, "euler", 3.5, "1024x1024", "flux1-dev.safetensors"
    )
    assert read(FLUX) == wanted


def test_flux_through_ksampler_with_a_zeroed_negative():
    zero = node("ConditioningZeroOut", conditioning=["4", 0])
    found = read(
        PLAIN, **{"3": zero, "4": node("CLIPTextEncodeFlux", clip_l="cat", t5xxl="cat", guidance=3.0)}
    )
    assert found is not None
    assert (found.prompt, found.negative) == ("cat", None)


def test_links_stand_for_values():
    found = read(
        PLAIN,
        **{
            "4": node("CLIPTextEncode", text=["20", 0]),
            "20": node("StringConcatenate", string_a="cat", string_b=["21", 0], delimiter=" "),
            "21": node("ShowText", text="sleeping"),
            "6": {"class_type": "KSampler", "inputs": {**PLAIN["6"]["inputs"], "seed": ["22", 0]}},
            "22": node("PrimitiveInt", value=9),
        },
    )
    assert found is not None
    assert (found.prompt, found.seed) == ("cat sleeping", 9)


def test_a_control_net_keeps_the_sides_apart():
    control = node("ControlNetApplyAdvanced", positive=["4", 0], negative=["3", 0], control_net=["1", 0])
    sampler = {
        "class_type": "KSampler",
        "inputs": {**PLAIN["6"]["inputs"], "positive": ["9", 0], "negative": ["9", 1]},
    }
    assert read(PLAIN, **{"9": control, "6": sampler}) == WANTED


def test_the_first_pass_counts_and_not_the_upscale():
    second = {"class_type": "KSampler", "inputs": {**PLAIN["6"]["inputs"], "seed": 1, "positive": ["31", 0],
                                                   "latent_image": ["32", 0]}}  # fmt: skip
    found = read(
        PLAIN,
        **{
            "30": second,
            "31": node("CLIPTextEncode", text="more detail"),
            "32": node("LatentUpscale", width=1024, height=1536, samples=["6", 0]),
            "7": node("VAEDecode", samples=["30", 0]),
        },
    )
    assert found == WANTED


def test_regions_are_joined():
    combined = node("ConditioningCombine", conditioning_1=["4", 0], conditioning_2=["41", 0])
    sampler = {"class_type": "KSampler", "inputs": {**PLAIN["6"]["inputs"], "positive": ["40", 0]}}
    found = read(PLAIN, **{"40": combined, "41": node("CLIPTextEncode", text="sky"), "6": sampler})
    assert found is not None
    assert found.prompt == "cat, sky"


@pytest.mark.parametrize(
    "bad",
    [
        {"4": node("X", text=["4", 0])},
        {"4": node("X", a=["6", 0])},
        {"4": 3},
        {"6": {"class_type": "KSampler"}},
    ],
)
def test_circles_and_gaps_end(bad):
    found = read(PLAIN, **bad)
    assert found is None or found.prompt in (None, "cat", "dog, cat")


def test_a_long_chain_ends():
    chain = {str(i): node("Pass", conditioning=[str(i + 1), 0]) for i in range(100, 9000)}
    sampler = {"class_type": "KSampler", "inputs": {**PLAIN["6"]["inputs"], "positive": ["100", 0]}}
    found = read(PLAIN, **chain, **{"6": sampler})
    assert found is not None
    assert found.prompt is None


def test_wide_ladders_end():
    """Each rung joins the one above to itself twice: 2 to the 60th ways down, of which one is walked."""
    ladder = {
        str(i): node("Both", conditioning_1=[str(i + 1), 0], conditioning_2=[str(i + 1), 0])
        for i in range(100, 160)
    }
    sampler = {"class_type": "KSampler", "inputs": {**PLAIN["6"]["inputs"], "positive": ["100", 0]}}
    found = read(PLAIN, **ladder, **{"160": node("CLIPTextEncode", text="cat"), "6": sampler})
    assert found is not None
    assert found.prompt == "cat"


def test_the_editor_s_form_alone():
    nodes = [
        {"id": 4, "type": "CLIPTextEncode", "widgets_values": ["cat"], "inputs": [{"name": "c"}]},
        {"id": 3, "type": "CLIPTextEncode", "widgets_values": ["dog"]},
        {"id": 5, "type": "EmptyLatentImage", "widgets_values": [512, 768, 1]},
        {"id": 1, "type": "CheckpointLoaderSimple", "widgets_values": ["xl.safetensors"]},
        {"id": 2, "type": "LoraLoader", "mode": 4, "inputs": [{"name": "model", "link": 1}]},
        {"id": 6, "type": "KSampler", "widgets_values": [7, "fixed", 24, 6.5, "euler", "normal"], "inputs": [
            {"name": "model", "link": 2}, {"name": "positive", "link": 3}, {"name": "negative", "link": 4},
            {"name": "latent_image", "link": 5}]},
        {"id": 8, "type": "SaveImage", "inputs": [{"name": "images", "link": 6}], "widgets_values": ["x"]},
    ]  # fmt: skip
    links = [[1, 1, 0, 2, 0, "MODEL"], [2, 2, 0, 6, 0, "MODEL"], [3, 4, 0, 6, 1, "C"], [4, 3, 0, 6, 2, "C"],
             [5, 5, 0, 6, 3, "L"], [6, 6, 0, 8, 0, "IMAGE"]]  # fmt: skip
    assert comfy(edited({"nodes": nodes, "links": links})) == WANTED


@pytest.mark.parametrize(
    "given", [{}, {"nodes": 1, "links": []}, {"nodes": [1, {"type": 2}], "links": [0, [1], {}]}]
)
def test_what_is_no_graph(given):
    assert comfy(edited(given)) is None
    assert comfy(executed(given)) is None


@pytest.mark.parametrize("name", ["x.webp", "x.jpg"])
def test_graphs_in_the_camera_s_tags(photo, name):
    """SaveAnimatedWEBP and its like write "prompt:{...}" as the camera's model."""
    path = photo(name, ifd0={0x010F: "workflow:{}", 0x0110: "prompt:" + json.dumps(PLAIN)})
    assert generation_of(texts_of(path).fields) == WANTED
    assert not generation_of({"Make": "Canon", "Model": "Canon EOS: 5D"})
