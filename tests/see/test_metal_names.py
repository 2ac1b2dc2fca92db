"""Which places prompts and rubrics name."""

from __future__ import annotations

import pytest

from lightmeter.errors import RubricError
from lightmeter.see.metal_names import places_asked, places_of


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a delicate gold necklace with a small pendant", {"neck"}),
        ("24k gold chain, individual link highlights", {"neck"}),
        ("large silver hoop earrings", {"ears"}),
        ("gold hoops and a signet ring", {"ears", "fingers"}),
        ("round wire-rimmed glasses", {"eyes"}),
        ("a steel watch and a thin bangle", {"wrists"}),
        ("police shirt with brass buttons and a belt buckle", {"clothes"}),
        ("knight in polished armour", {"anywhere"}),
        ("minimal jewelry", {"neck", "ears", "fingers", "wrists"}),
        ("佩戴金色耳饰与细项链", {"ears", "neck"}),
        ('{"jewelry_set": {"rings": "Gold rings", "watch": "Steel-band"}}', {"fingers", "wrists"}),
    ],
)
def test_things_have_places(prompt: str, expected: set[str]) -> None:
    assert places_of(prompt) == expected


@pytest.mark.parametrize(
    "prompt",
    [
        None,
        "",
        "ring light reflected in the eyes, golden hour, warm pendant lights",
        "golden hair watching the food chain, a spring morning, zip hoodie with the top buttons undone",
        "no jewelry, without earrings",
        "portrait\nNegative prompt: necklace, rings, glasses",
        '{"negative_prompt": ["warped jewelry", "glasses"]}',
        "two wine glasses on the table",
        "不戴眼镜",
    ],
)
def test_these_name_nothing(prompt: str | None) -> None:
    assert places_of(prompt) == frozenset()


def test_what_is_negated_once_may_be_named_again() -> None:
    assert places_of("no earrings. A silver chain.") == {"neck"}


@pytest.mark.parametrize("things", ["ring, watch", ["ring", "watch"], ["fingers", "wrists"]])
def test_rubrics_name_things_or_places(things: str | list[str]) -> None:
    assert places_asked(things) == {"fingers", "wrists"}


def test_bare_things_of_rubrics_are_of_metal() -> None:
    assert places_asked(["button"]) == {"clothes"}
    assert places_asked("") == frozenset()


def test_a_thing_without_a_place_is_an_error() -> None:
    with pytest.raises(RubricError, match="sofa"):
        places_asked(["ring", "sofa"])
