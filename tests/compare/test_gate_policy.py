from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightmeter.compare.policy import MARGIN_SD, Policy, read_policy
from lightmeter.compare.shares import lower_bound
from lightmeter.errors import PolicyError


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_policy_says_all_that_it_may(tmp_path: Path) -> None:
    text = """
rubric: demo
level: 0.01
images_pass: 0.5
bars: bound
undecided: fail
accept: [version]
criteria:
  pores: {margin: 0.3, share: 0.9, never_below: 0.5, never_above: 9, optional: true, measured: 0.5}
"""
    policy, _ = read_policy(written(tmp_path, text))
    assert (policy.rubric, policy.level, policy.margin_sd) == ("demo", 0.01, MARGIN_SD)
    assert policy.rule("pores").never_below == 0.5
    assert policy.rule("form") == Policy().rule("pores")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("level: 2", ":1: level: input should be less than or equal to 0.5"),
        ("criteria:\n  pores: {shar: 0.9}", ":2: unknown field 'shar'; did you mean 'share'?"),
        (
            "criteria:\n  pores: {share: 1}\n  pores: {share: 2}",
            ":3: duplicate 'pores'; the first is on line 2",
        ),
        ("rubrik: demo", ":1: unknown field 'rubrik'; did you mean 'rubric'?"),
        ("criteria:\n  pores:\n    margin: .inf", ":3: .inf is not a finite number"),
        ("criteria:\n  pores:\n    margin: -1", ":3: criteria.pores.margin: input should be greater"),
        (
            "criteria:\n  pores: {never_below: 3, never_above: 1}",
            ":2: criteria.pores: never_below 3 is above",
        ),
        ("criteria:\n  pores: {worse: lower, pass: [0, 1]}", ":2: criteria.pores: worse and pass exclude"),
        ("criteria:\n  pores: {pass: [2, 1]}", ":2: criteria.pores.pass: the interval is reversed"),
        ("accept: [rubrik]", ":1: accept.0: input should be 'rubric', 'version' or 'weights'"),
        ("- level", ":1: a policy is a mapping of fields"),
        ("level: !!python/object:os.system 1", "not allowed"),
        ("a: [", "policy.yaml:1:"),
    ],
)
def test_a_slip_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        read_policy(written(tmp_path, text))
    assert told in str(refusal.value)
    assert "policy.yaml" in str(refusal.value)


def test_every_slip_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refusal:
        read_policy(written(tmp_path, "level: 2\nundecided: maybe\ncriteria: {pores: {shar: 1}}"))
    assert len(str(refusal.value).splitlines()) == 3


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        read_policy(tmp_path / "none.yaml")


def test_the_bound_of_a_share_as_tabulated() -> None:
    """59 of 59 show 95 % (0.95^59 = 0.0485); 8 of 10 show 49.3 %."""
    assert lower_bound([True] * 59, [None] * 59) == pytest.approx(0.05 ** (1 / 59))
    assert lower_bound([True] * 8 + [False] * 2, [None] * 10) == pytest.approx(0.4931, abs=1e-4)
    assert lower_bound([False] * 5, [None] * 5) == 0


def test_images_of_one_prompt_that_agree_count_once() -> None:
    """10 prompts of 4 images of which all or none pass are 10 images."""
    prompts = [f"p{i}" for i in range(10) for _ in range(4)]
    agreeing = [i < 8 for i in range(10) for _ in range(4)]
    assert lower_bound(agreeing, prompts) == pytest.approx(
        lower_bound([True] * 8 + [False] * 2, [None] * 10), abs=0.05
    )
    assert lower_bound([True] * 40, prompts) == pytest.approx(lower_bound([True] * 10, [None] * 10))
    assert lower_bound([True] * 40, ["one"] * 40) == pytest.approx(lower_bound([True] * 40, [None] * 40))


@given(st.integers(1, 200), st.data())
def test_the_bound_rises_with_what_passes_and_is_below_the_share(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n - 1))
    bounds = [lower_bound([True] * each + [False] * (n - each), [None] * n) for each in (k, k + 1)]
    assert bounds[0] < bounds[1]
    assert bounds[0] <= k / n
