from __future__ import annotations

import pytest

from lightmeter.engine.scene import Scene
from lightmeter.see.provide import _PROVIDERS


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []

    def doubled(linear: int) -> int:
        calls.append("doubled")
        return linear * 2

    def shifted(doubled: int, shift: int = 1) -> int:
        calls.append("shifted")
        return doubled + shift

    for provider in (doubled, shifted):
        monkeypatch.setitem(_PROVIDERS, provider.__name__, provider)
    return calls


def test_each_input_is_computed_once_per_parameters(counted: list[str]) -> None:
    scene = Scene({"linear": 5})
    assert scene.input("shifted") == 11
    assert scene.input("shifted") == 11
    assert scene.input("shifted", {"shift": 3, "unrelated": 9}) == 13
    assert counted == ["doubled", "shifted", "shifted"]


def test_a_parameter_without_default_must_be_given() -> None:
    def needy(linear: int, colour: str) -> str:
        return colour * linear

    scene = Scene({"linear": 2})
    assert scene.call(needy, {"colour": "a"}) == "aa"
    with pytest.raises(KeyError, match="needs the parameter 'colour'"):
        scene.call(needy, {})
