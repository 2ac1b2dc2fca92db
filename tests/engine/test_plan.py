from __future__ import annotations

import pytest

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
