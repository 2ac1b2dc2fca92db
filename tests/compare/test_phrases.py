from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from lightmeter.compare.phrases import Asked, design, effects, phrases_of


def prompts(n: int = 24) -> list[str]:
    """Two things that vary apart from each other, and one that never does."""
    kinds = product(("soft light", "hard light"), ("red dress", ""))
    return [f"portrait {i}, {light}, {dress}" for i, (light, dress) in enumerate(list(kinds) * (n // 4))]


def values(given: list[str], rng: np.random.Generator, each: int = 4) -> tuple[np.ndarray, list[str]]:
    """Soft light takes 1 stop; every prompt has its own way besides."""
    found, names = [], []
    for prompt in given:
        own = 0.3 * rng.normal()
        found += [own - ("soft" in prompt) + 0.2 * rng.normal() for _ in range(each)]
        names += [prompt] * each
    return np.array(found), names


def test_phrases_are_parts_between_commas() -> None:
    assert phrases_of("A  man,\nSoft light , a man,,") == ["a man", "soft light"]


def test_the_phrase_that_moved_it_is_found() -> None:
    given = prompts()
    measured, names = values(given, np.random.default_rng(0))
    plan = design(given)
    found = effects(plan, [Asked("face_contrast", "", "stop", measured, names)], "holm")
    by = {each.phrase: each for each in found}
    assert set(by) == {"soft light", "red dress"}
    assert by["soft light"].low < -1 < by["soft light"].high < 0
    assert by["soft light"].p_adjusted <= 0.05 < by["red dress"].p_adjusted
    assert any("'hard light' stands where others do not" in note for note in plan.notes)


def test_intervals_hold_the_truth_although_images_of_a_prompt_agree() -> None:
    given, held = prompts(), 0
    for i in range(150):
        measured, names = values(given, np.random.default_rng([1, i]))
        found = effects(design(given), [Asked("m", "", "stop", measured, names)], "holm")
        held += sum(e.low <= -1 <= e.high for e in found if e.phrase == "soft light")
    assert 0.91 <= held / 150 <= 0.99


def test_too_few_prompts_are_refused() -> None:
    plan = design(prompts(8))
    assert not plan.columns
    assert any("it takes 9 prompts" in note for note in plan.notes)


def test_phrases_that_always_come_together_are_one() -> None:
    given = [f"{i}, a, b" if i % 2 else f"{i}, c" for i in range(20)]
    assert set(design(given).columns) <= {"a + b", "c"}
    assert len(design(given).columns) == 1


def test_a_phrase_of_two_prompts_says_nothing() -> None:
    given = [f"{i}" + (", rare" if i < 2 else "") for i in range(20)]
    plan = design(given)
    assert not plan.columns
    assert any("fewer than 3 prompts" in note for note in plan.notes)


def test_a_measurement_without_enough_prompts_is_left_out() -> None:
    given = prompts()
    measured, names = values(given[:4], np.random.default_rng(0))
    assert effects(design(given), [Asked("m", "", "", measured, names)], "holm") == ()


@pytest.mark.parametrize("shift", [1000.0, -3.0])
def test_effects_do_not_depend_on_the_zero(shift: float) -> None:
    given = prompts()
    measured, names = values(given, np.random.default_rng(2))
    one, other = (
        effects(design(given), [Asked("m", "", "", each, names)], "holm")
        for each in (measured, measured + shift)
    )
    assert [e.effect for e in one] == pytest.approx([e.effect for e in other])
    assert [e.high for e in one] == pytest.approx([e.high for e in other])
