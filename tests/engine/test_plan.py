from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import constants

from lightmeter.engine.plan import Settings, chosen_device, everything, plan
from lightmeter.errors import LightmeterError
from lightmeter.measure.records import Wanted
from lightmeter.measure.registry import measurements
from lightmeter.see.clip import ClipSpec

PINK = {"key_colour": "#ff0080"}


def test_everything_gives_parameters_to_those_that_take_them() -> None:
    wanted = {each.measurement: each for each in everything(PINK)}
    assert wanted.keys() == measurements().keys()
    assert wanted["chroma_purity"].mapping() == PINK
    assert wanted["megapixels"].mapping() == {}


def test_a_missing_parameter_is_a_reason() -> None:
    lacking = Wanted.of("key_colour_error")
    made = plan([lacking, Wanted.of("megapixels")], Settings(device="cpu"))
    assert made.runnable == (Wanted.of("megapixels"),)
    assert made.refused == {lacking: "no key_colour was asked for: give --with key_colour=..."}


def test_unknown_names_and_devices_are_explained() -> None:
    with pytest.raises(LightmeterError, match="no measurement 'poers'"):
        plan([Wanted.of("poers")], Settings(device="cpu"))
    with pytest.raises(LightmeterError, match="auto, cpu or cuda"):
        chosen_device("abacus")


def test_keys_change_with_what_a_value_depends_on() -> None:
    pink, green = (Wanted.of("chroma_purity", {"key_colour": c}) for c in ("#ff0080", "#00ff00"))
    made = plan([pink, green], Settings(device="cpu"))
    keys = {made.key("digest", pink), made.key("digest", green), made.key("other", pink)}
    assert len(keys) == 3
    assert made.key("digest", pink) == plan([pink], Settings(device="cpu", batch=7)).key("digest", pink)


def test_only_clip_values_depend_on_the_clip_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lightmeter.engine.plan.clip_digest", lambda spec: str(spec))
    words = Wanted.of("material_similarity", {"wanted": "gold", "against": "plastic"})
    plain = Wanted.of("megapixels")
    one, other = (
        plan([words, plain], Settings(device="cpu", clip=ClipSpec("ViT-B-32", tag))) for tag in ("a", "b")
    )
    assert one.key("digest", words) != other.key("digest", words)
    assert one.key("digest", plain) == other.key("digest", plain)


def test_only_what_reads_prompts_depends_on_the_prompt() -> None:
    compared, plain = Wanted.of("prompt_similarity"), Wanted.of("megapixels")
    made = plan([compared, plain], Settings(device="cpu"))
    assert len({made.key("digest", compared, prompt) for prompt in (None, "", "None", "gold", "skin")}) == 5
    assert made.key("digest", plain, "gold") == made.key("digest", plain, "skin")


def test_metal_and_its_drawings_depend_on_what_the_prompt_names() -> None:
    metal, plain = (plan([Wanted.of(name)], Settings(device="cpu")) for name in ("metal_share", "megapixels"))
    share = Wanted.of("metal_share")
    assert metal.key("digest", share, "a ring") != metal.key("digest", share, "a hat")
    assert metal.portrait_key("digest", "a ring") != metal.portrait_key("digest", "a hat")
    assert plain.portrait_key("digest", "a ring") == plain.portrait_key("digest", "a hat")


def test_clip_looks_where_it_is_asked_to() -> None:
    words = {"wanted": "gold", "against": "plastic"}
    asked = [
        Wanted.of("material_similarity", words | where) for where in ({}, {"region": "skin"}, {"region": "x"})
    ]
    weights = ClipSpec("ViT-B-32", "mine.safetensors")
    made = plan([*asked, Wanted.of("megapixels")], Settings(device="cpu", clip=weights))
    assert made.clip_regions == ("skin", "whole")
    assert len({made.key("digest", each) for each in asked}) == 3


def test_without_weights_clip_is_not_asked_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    words = Wanted.of("material_similarity", {"wanted": "gold", "against": "plastic"})
    made = plan([words, Wanted.of("megapixels")], Settings(device="cpu"))
    assert made.runnable == (Wanted.of("megapixels"),)
    assert made.refused[words].startswith("CLIP weights unavailable: ViT-B-32:laion2b_s34b_b79k is not in")
    assert made.uses("clip_spec") and not made.uses("text")


def test_only_text_depends_on_the_reader_of_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that "not installed" is not remembered once it is."""
    text, plain = Wanted.of("text_area"), Wanted.of("megapixels")
    made = plan([text, plain], Settings(device="cpu"))
    keys = []
    for reader in ("absent", "rapidocr 3.10.0"):
        monkeypatch.setattr("lightmeter.engine.plan.text_reader", lambda reader=reader: reader)
        keys.append((made.key("digest", text), made.key("digest", plain)))
    assert keys[0][0] != keys[1][0]
    assert keys[0][1] == keys[1][1]
