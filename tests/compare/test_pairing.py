from __future__ import annotations

import numpy as np
import pytest

from lightmeter.compare.pairing import Shot, sample


def grid(value: float, prompts: int, seeds: int, name: str = "p") -> list[Shot]:
    return [Shot(value + i + 10 * s, f"{name}{i}", s) for i in range(prompts) for s in range(seeds)]


def test_prompt_and_seed_pair_and_prompts_cluster() -> None:
    found = sample(grid(2.0, 4, 3), grid(0.0, 4, 3))
    assert (found.pairs, len(found.variant), found.unit) == (12, 4, "prompts")
    assert found.values - found.reference == pytest.approx(np.full(12, 2.0))


def test_one_prompt_leaves_its_pairs_as_units() -> None:
    found = sample(grid(2.0, 1, 5), grid(0.0, 1, 5))
    assert (found.pairs, len(found.variant), found.unit) == (5, 5, "pairs")


def test_the_order_of_images_does_not_matter() -> None:
    there = sample(grid(2.0, 3, 3), grid(0.0, 3, 3))
    back = sample(grid(2.0, 3, 3)[::-1], grid(0.0, 3, 3))
    assert there.variant.mean == pytest.approx(back.variant.mean)


def test_without_seeds_a_prompt_in_both_is_a_pair() -> None:
    first, second = ([Shot(s.value, s.prompt, None) for s in grid(v, 4, 3)] for v in (2.0, 0.0))
    found = sample(first, second)
    assert (found.pairs, found.unit, found.variant.mean) == (4, "prompts", 2.0)


def test_prompts_of_one_arm_each_are_clusters() -> None:
    found = sample(grid(0.0, 3, 4, "a"), grid(0.0, 5, 2, "b"))
    assert found.baseline is not None
    assert (found.pairs, len(found.variant), len(found.baseline), found.unit) == (0, 3, 5, "prompts")


def test_one_prompt_each_leaves_images_as_units() -> None:
    found = sample(grid(0.0, 1, 4, "a"), grid(0.0, 1, 6, "b"))
    assert (len(found.variant), found.unit) == (4, "images")


def test_few_matches_do_not_make_it_paired() -> None:
    first = grid(0.0, 10, 1, "a") + grid(0.0, 2, 1, "both")
    second = grid(0.0, 10, 1, "b") + grid(0.0, 2, 1, "both")
    assert sample(first, second).pairs == 0


def test_angles_pair_across_the_seam() -> None:
    first = [Shot(v, "p", i) for i, v in enumerate((-175.0, -170.0, 178.0))]
    second = [Shot(v, "p", i) for i, v in enumerate((175.0, 180.0, 168.0))]
    assert sample(first, second, 360.0).variant.mean == pytest.approx(10.0)


def test_angles_compare_across_the_seam_unpaired() -> None:
    first = [Shot(v, None, None) for v in (-178.0, -172.0)]
    second = [Shot(v, None, None) for v in (178.0, 172.0)]
    found = sample(first, second, 360.0)
    assert found.baseline is not None
    assert found.variant.mean - found.baseline.mean == pytest.approx(10.0)
