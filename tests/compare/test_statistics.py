"""Small versions of what tests/validate/statistics_tables.py shows at length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from lightmeter.compare.contrast import contrast, significance
from lightmeter.compare.pairing import Sample, Shot, sample
from lightmeter.compare.spread import bootstrapped, spread

Draw = Callable[[np.random.Generator], Sample]


def shots(values: np.ndarray, prompts: list[str] | None = None, seeds: bool = True) -> list[Shot]:
    names: list[str | None] = list(prompts) if prompts is not None else [None] * len(values)
    return [
        Shot(float(v), p, i if seeds else None) for i, (v, p) in enumerate(zip(values, names, strict=True))
    ]


def numbered(n: int) -> list[str]:
    return [f"prompt {i}" for i in range(n)]


def rate(draw: Draw, draws: int = 120) -> float:
    p = [significance(draw(np.random.default_rng([3, i]))).p for i in range(draws)]
    return float(np.mean([each is not None and each <= 0.05 for each in p]))


def pairs(shift: float, n: int = 64) -> Draw:
    def draw(rng: np.random.Generator) -> Sample:
        base = rng.normal(size=n)
        return sample(shots(base + shift + rng.normal(size=n), numbered(n)), shots(base, numbered(n)))

    return draw


def test_half_a_standard_deviation_is_shown_by_64_pairs() -> None:
    assert rate(pairs(0.5)) >= 0.9


@pytest.mark.parametrize("n", [6, 64])
def test_no_difference_is_rarely_shown(n: int) -> None:
    assert rate(pairs(0.0, n)) <= 0.09  # 5 % and two standard errors of 120 draws


def test_intervals_hold_the_truth() -> None:
    draws = [contrast(pairs(0.5)(np.random.default_rng([4, i]))) for i in range(120)]
    held = np.mean([each.low <= 0.5 <= each.high for each in draws])
    assert 0.92 <= held <= 0.985


def test_pairing_shows_what_single_images_miss() -> None:
    def images(known: bool) -> Draw:
        def draw(rng: np.random.Generator) -> Sample:
            common = 2 * rng.normal(size=40)
            arms = [common + 0.5 * (i == 0) + 0.5 * rng.normal(size=40) for i in (0, 1)]
            return sample(*(shots(arm, numbered(40) if known else None) for arm in arms))

        return draw

    assert rate(images(known=True), 60) >= 0.9
    assert rate(images(known=False), 60) <= 0.3


def test_images_of_one_prompt_are_not_independent() -> None:
    """12 prompts of 6 in each variant: a test of single images would cry wolf, prompts as units do not."""

    def images(known: bool) -> Draw:
        def arm(rng: np.random.Generator, name: str) -> list[Shot]:
            values = (rng.normal(size=(12, 1)) + rng.normal(size=(12, 6))).ravel()
            return shots(values, [f"{name}{i // 6}" for i in range(72)] if known else None)

        return lambda rng: sample(arm(rng, "a"), arm(rng, "b"))

    assert rate(images(known=True)) <= 0.09
    assert rate(images(known=False)) >= 0.15


def test_unpaired_p_agrees_with_welch() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=60), 2 * rng.normal(size=90) + 0.4
    found = significance(sample(shots(first), shots(second)))
    assert found.test == "label permutation"
    assert found.p == pytest.approx(stats.ttest_ind(first, second, equal_var=False).pvalue, abs=0.015)


def test_few_pairs_give_students_p_and_interval() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=7) + 1, rng.normal(size=7)
    given = sample(shots(first, numbered(7)), shots(second, numbered(7)))
    expected = stats.ttest_rel(first, second)
    assert significance(given).p == pytest.approx(expected.pvalue)
    found = contrast(given)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))


def test_bootstrap_agrees_with_scipys_bca() -> None:
    """Skewed, 200 units: the widening for few units is below 1 % there."""
    gaps = np.random.default_rng(2).exponential(size=200)
    given = sample(shots(gaps, numbered(200)), shots(np.zeros(200), numbered(200)))
    found = spread(given)
    assert found is not None
    expected = stats.bootstrap((gaps,), np.mean, method="BCa", n_resamples=4000, rng=0).confidence_interval
    assert bootstrapped(given, gaps.mean(), found, 0.95) == pytest.approx(tuple(expected), abs=0.015)


@pytest.mark.parametrize("n", [5, 40])
def test_swapping_the_arms_changes_the_sign_alone(n: int) -> None:
    rng = np.random.default_rng(5)
    first, second = shots(rng.normal(size=n)), shots(rng.normal(size=n + 9) + 1)
    there, back = sample(first, second), sample(second, first)
    assert significance(there).p == pytest.approx(significance(back).p, abs=0.02)
    assert significance(there).difference == pytest.approx(-significance(back).difference)
    assert significance(there).superiority == pytest.approx(1 - significance(back).superiority)
    assert contrast(there).low == pytest.approx(-contrast(back).high, abs=0.05)


def test_p_falls_as_the_shift_grows() -> None:
    p = [significance(pairs(shift)(np.random.default_rng(6))).p for shift in (0.3, 0.6, 1.2)]
    assert p == sorted(p, reverse=True)


def test_units_do_not_matter() -> None:
    rng = np.random.default_rng(7)
    first, second = rng.normal(size=40), rng.normal(size=40) + 0.5
    one, other = (
        sample(shots(1000 * k * first, numbered(40)), shots(1000 * k * second, numbered(40)))
        for k in (1e-9, 1.0)
    )
    assert significance(one).p == significance(other).p
    assert contrast(one).low == pytest.approx(contrast(other).low * 1e-9)
    assert contrast(one).needed == contrast(other).needed


def test_constant_values_differ_from_nothing() -> None:
    same = sample(shots(np.ones(40)), shots(np.ones(40)))
    assert significance(same).p == 1.0
    assert (contrast(same).low, contrast(same).high, contrast(same).few) == (0.0, 0.0, False)
    assert significance(sample(shots(np.full(40, 2.0)), shots(np.ones(40)))).p <= 0.001


@pytest.mark.parametrize("n", [0, 1, 2])
def test_two_images_are_too_few_and_say_how_many_lack(n: int) -> None:
    """Large differences between independent images take 26 each: the textbook's n for d = 0.8 and 80 %."""
    found = contrast(sample(shots(np.arange(n)), shots(np.arange(40))))
    assert found.few
    assert found.needed == 26 - n


def test_more_images_are_needed_for_smaller_effects_and_more_questions() -> None:
    given = sample(shots(np.arange(9.0)), shots(np.arange(9.0)))
    assert contrast(given, effect=0.4).needed > contrast(given).needed
    assert contrast(given, questions=15).needed > contrast(given).needed


def test_as_many_as_were_needed_are_enough() -> None:
    rng = np.random.default_rng(8)
    few = contrast(sample(shots(rng.normal(size=10)), shots(rng.normal(size=10))))
    n = 10 + few.needed + 6  # the spread of so few is itself not sure
    assert not contrast(sample(shots(rng.normal(size=n)), shots(rng.normal(size=n)))).few
