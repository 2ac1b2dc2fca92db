from __future__ import annotations

import pytest

from lightmeter.errors import RubricError
from lightmeter.judge.captures import REGEXES, values
from lightmeter.judge.phrases import phrase

KINDS = {**REGEXES, "side": "(?:left|right)"}


def found(pattern: str, text: str) -> str | None:
    match = phrase(pattern, KINDS).regex.search(text)
    return match[0] if match else None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("soft shadows", "with Soft-Shadows here", "Soft-Shadows"),
        ("soft shadows", "soft_shadows", "soft_shadows"),
        ("soft shadow", "soft shadows", None),
        ("soft shadow*", "soft shadows", "soft shadows"),
        ("soft shadow", "microsoft shadow", None),
        ("(hard | crisp) light", "crisp light", "crisp light"),
        ("[very] soft", "very soft", "very soft"),
        ("[very] soft", "soft", "soft"),
        ("light [from] {side}", "light from left", "light from left"),
        ("light [from] {side}", "light left", "light left"),
        ("beam ~2 {side}", "beam that comes left", "beam that comes left"),
        ("beam ~2 {side}", "beam that comes in left", None),
        ("beam ~2 {side}", "beam, left", None),
        ("depth of field : shallow", '"depth_of_field": "shallow"', 'depth_of_field": "shallow'),
        ("{number} mm", "85mm", "85mm"),
        ("{number} mm", "85 mm", "85 mm"),
        ("{stops} fill", "-2 stops fill", "-2 stops fill"),
    ],
)
def test_patterns(pattern: str, text: str, expected: str | None) -> None:
    assert found(pattern, text) == expected


@pytest.mark.parametrize(
    "pattern", ["", "[soft]", "(soft", "soft)", "{nothing}", "a | ", "{open", "soft ~x", "()"]
)
def test_a_wrong_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(RubricError, match="phrase"):
        phrase(pattern, KINDS)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("degrees", "45°", {"x": 45.0}),
        ("stops", "-1.5 stops", {"x": 1.5}),
        ("times", "4:1", {"x": 4.0, "x.stops": 2.0}),
        ("sides", "16:9", {"x": 16 / 9}),
        ("sides", "16:0", None),
        ("size", "7680x4320", {"x.megapixels": 33.1776, "x.aspect": 16 / 9}),
        ("thousands", "24k", None),
        ("colour", "RGB 255/0/128", {"x": "#ff0080"}),
        ("colour", "#0Af", {"x": "#00aaff"}),
        ("colour", "rgb(300, 0, 0)", None),
    ],
)
def test_captures(kind: str, text: str, expected: dict[str, object] | None) -> None:
    assert values("x", kind, text, {}) == expected


def test_8k_is_the_ultra_high_definition_frame() -> None:
    read = values("x", "thousands", "8K", {})
    assert read is not None
    assert read["x.megapixels"] == pytest.approx(7680 * 4320 / 1e6)
