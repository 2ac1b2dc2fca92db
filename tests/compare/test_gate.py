from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lightmeter.compare.accepted import Origin
from lightmeter.compare.gate import Gate, decided
from lightmeter.compare.gated import gated
from lightmeter.compare.policy import Policy
from lightmeter.compare.recorded import Recorded
from lightmeter.errors import PolicyError
from lightmeter.judge.model import Criterion, Rubric

Recording = Callable[..., Recorded]
Given = tuple[str, str | None, int | None, float | None]
HERE = (Origin("0.1.0", "r", "abc"), Origin("0.1.0", "r", "abc"))


def images(mean: float, n: int = 200, seed: int = 0, spread: float = 1.0) -> list[Given]:
    rng = np.random.default_rng([seed, n])
    return [("", f"prompt {i}", i, float(mean + spread * v)) for i, v in enumerate(rng.normal(size=n))]


def rubric(**criteria: tuple[str, float | None, float | None]) -> Rubric:
    asked = {
        name: Criterion.model_validate({"measure": measure, "pass": [low, high], "why": "test"})
        for name, (measure, low, high) in criteria.items()
    }
    return Rubric(name="r", title="R", source="s", criteria=asked)


def policy(**fields: object) -> Policy:
    return Policy.model_validate(fields)


def status(gate: Gate, kind: str) -> list[str]:
    return [each.status for each in gate.checks if each.kind == kind]


def test_the_same_run_passes(recorded: Recording) -> None:
    run = recorded(face_contrast=images(2), skin_texture=images(3, seed=1))
    found = decided(gated(run, run, HERE))
    assert (found.decision, found.exit_code) == ("pass", 0)


def test_even_two_images_that_are_the_same_pass(recorded: Recording) -> None:
    run = recorded(face_contrast=images(2, 2))
    assert decided(gated(run, run, HERE)).decision == "pass"


def test_a_change_beyond_the_margin_fails_and_within_it_does_not(recorded: Recording) -> None:
    """200 pairs, differences of sd 1.4, margin 0.2 sd: 0.8 is 6 errors above it, 0.05 is 1.5 below."""
    base = recorded(face_contrast=images(2))
    assert decided(gated(recorded(face_contrast=images(2.8, seed=1)), base, HERE)).exit_code == 1
    assert decided(gated(recorded(face_contrast=images(1.2, seed=1)), base, HERE)).exit_code == 1
    assert decided(gated(recorded(face_contrast=images(2.05, seed=1)), base, HERE)).exit_code == 0


def test_under_a_rubric_only_further_outside_is_worse(recorded: Recording) -> None:
    base = recorded(face_contrast=images(2))
    judged = rubric(form=("face_contrast", 2.0, None))
    better, worse = (recorded(face_contrast=images(mean, seed=1)) for mean in (3.0, 1.0))
    assert decided(gated(better, base, HERE, rubric=judged)).exit_code == 0
    assert decided(gated(worse, base, HERE, rubric=judged)).exit_code == 1


@pytest.mark.parametrize(("way", "codes"), [("lower", (1, 0)), ("higher", (0, 1)), ("either", (1, 1))])
def test_the_policy_may_say_which_way_is_worse(recorded: Recording, way: str, codes: tuple[int, int]) -> None:
    base, rules = recorded(face_contrast=images(2)), policy(criteria={"face_contrast": {"worse": way}})
    runs = [recorded(face_contrast=images(mean, seed=1)) for mean in (1.0, 3.0)]
    assert tuple(decided(gated(run, base, HERE, rules)).exit_code for run in runs) == codes


@pytest.mark.parametrize("margin", [0.0, 0.5, 1.5])
def test_a_wider_margin_never_fails_what_a_narrower_passes(recorded: Recording, margin: float) -> None:
    base, run = recorded(face_contrast=images(2)), recorded(face_contrast=images(3, seed=1))
    rules = policy(criteria={"face_contrast": {"margin": margin}})
    assert decided(gated(run, base, HERE, rules)).exit_code == (1 if margin < 1 else 0)


def test_a_direction_goes_the_short_way_round(recorded: Recording) -> None:
    """From 179 to -179 degrees is 2, not 358."""
    base = recorded(key_azimuth=[("", f"p{i}", i, 179.0 - i % 3) for i in range(60)])
    run = recorded(key_azimuth=[("", f"p{i}", i, -179.0 + i % 3) for i in range(60)])
    rules = policy(criteria={"key_azimuth": {"margin": 10.0}})
    assert decided(gated(run, base, HERE, rules)).decision == "pass"


def test_too_few_images_are_undecided_and_may_be_made_to_fail(recorded: Recording) -> None:
    base, run = recorded(face_contrast=images(2, 4)), recorded(face_contrast=images(2.3, 4, seed=1))
    found = decided(gated(run, base, HERE))
    assert (found.decision, found.exit_code) == ("warn", 0)
    assert "undecided" in found.headline
    assert decided(gated(run, base, HERE, policy(undecided="fail"))).exit_code == 1


def test_a_missing_criterion_could_not_be_told(recorded: Recording) -> None:
    base = recorded(face_contrast=images(2), skin_texture=images(3))
    run = recorded(face_contrast=images(2))
    gate = gated(run, base, HERE)
    assert decided(gate).exit_code == 2
    assert "skin_texture" in decided(gate).headline
    rules = policy(criteria={"skin_texture": {"optional": True}})
    assert decided(gated(run, base, HERE, rules)).exit_code == 0


def test_a_criterion_that_no_image_has_could_not_be_told(recorded: Recording) -> None:
    base = recorded(face_contrast=images(2, 9))
    run = recorded(face_contrast=[("", p, s, None) for _, p, s, _ in images(2, 9)])
    assert decided(gated(run, base, HERE)).exit_code == 2
    assert decided(gated(base, run, HERE, rubric=rubric(form=("face_contrast", 0, 1)))).exit_code == 2


def test_a_value_that_goes_missing_is_a_regression(recorded: Recording) -> None:
    """What fails could otherwise hide by not being measured."""
    given = images(2)
    gone = [(v, p, s, None if i % 3 == 0 else x) for i, (v, p, s, x) in enumerate(given)]
    gate = gated(recorded(face_contrast=gone), recorded(face_contrast=given), HERE)
    assert decided(gate).exit_code == 1
    assert "133 of 200 images" in next(each.found for each in gate.checks if each.status == "fail")
    assert decided(gated(recorded(face_contrast=given), recorded(face_contrast=gone), HERE)).exit_code == 0


def test_a_least_share_of_measured_images(recorded: Recording) -> None:
    run = recorded(face_contrast=[*images(2, 8), ("", "p", 8, None), ("", "q", 9, None)])
    for share, code in ((0.8, 0), (0.81, 2)):
        rules = policy(criteria={"face_contrast": {"measured": share}})
        assert decided(gated(run, run, HERE, rules)).exit_code == code


def test_a_bar_counts_what_is_not_measured_as_not_passing(recorded: Recording) -> None:
    run = recorded(
        face_contrast=[("", f"p{i}", i, 2.0 if i < 8 else None if i == 8 else 0.0) for i in range(10)]
    )
    for share, code in ((0.8, 0), (0.81, 1)):
        rules = policy(criteria={"form": {"share": share, "regression": False}})
        gate = gated(run, run, HERE, rules, rubric(form=("face_contrast", 1.0, None)))
        assert decided(gate).exit_code == code
    bar = next(each for each in gate.checks if each.kind == "bar")
    assert bar.images == ("/8.png", "/9.png")
    assert "at least 49.3 %" in bar.found  # Clopper-Pearson for 8 of 10, as tabulated
    shown = policy(bars="bound", criteria={"form": {"share": 0.5, "regression": False}})
    judged = rubric(form=("face_contrast", 1.0, None))
    assert decided(gated(run, run, HERE, shown, judged)).exit_code == 1


def test_the_whole_rubric_needs_every_criterion(recorded: Recording) -> None:
    """The first of 4 images fails one criterion, the last the other."""
    runs = recorded(
        face_contrast=[("", f"p{i}", i, v) for i, v in enumerate((0.0, 2.0, 2.0, 2.0))],
        skin_texture=[("", f"p{i}", i, v) for i, v in enumerate((2.0, 2.0, 2.0, 0.0))],
    )
    judged = rubric(form=("face_contrast", 1.0, None), pores=("skin_texture", 1.0, None))
    for share, expected in ((0.5, "pass"), (0.51, "fail")):
        assert status(gated(runs, runs, HERE, policy(images_pass=share), judged), "bar") == [expected]


def test_one_image_beyond_a_hard_limit_fails(recorded: Recording) -> None:
    run = recorded(face_contrast=[*images(2, 50, spread=0.1), ("bad", "x", 99, 0.2)])
    rules = policy(criteria={"face_contrast": {"never_below": 0.5, "never_above": 9.0}})
    gate = gated(run, run, HERE, rules)
    assert status(gate, "limit") == ["fail", "pass"]
    assert next(each.images for each in gate.checks if each.status == "fail") == ("bad/50.png",)


def test_another_rubric_or_version_is_refused(recorded: Recording) -> None:
    run = recorded(face_contrast=images(2))
    origins = (Origin("0.2.0", "r", "abc"), Origin("0.1.0", "r", "def"))
    gate = gated(run, run, origins)
    assert decided(gate).exit_code == 2
    assert [each.name for each in gate.checks] == ["version", "rubric"]
    assert decided(gated(run, run, origins, policy(accept=["version", "rubric"]))).exit_code == 0
    assert "not checked" in gated(run, run, (Origin(), Origin())).notes[0]


def test_no_image_is_no_pass(recorded: Recording) -> None:
    empty = Recorded("empty", (), ())
    assert decided(gated(empty, recorded(face_contrast=images(2)), HERE)).exit_code == 2
    assert decided(gated(recorded(face_contrast=images(2)), empty, HERE)).exit_code == 2
    run = recorded(face_contrast=images(2))
    assert decided(gated(run, run, HERE, policy(only_listed=True))).exit_code == 2


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"criteria": {"fom": {"share": 0.5}}}, "did you mean 'form'"),
        ({"criteria": {"form": {"worse": "lower"}}}, "leave out worse"),
    ],
)
def test_a_rule_about_nothing_is_refused(recorded: Recording, fields: dict[str, object], told: str) -> None:
    run = recorded(face_contrast=images(2, 9))
    with pytest.raises(PolicyError, match=told):
        gated(run, run, HERE, policy(**fields), rubric(form=("face_contrast", 1.0, None)))


@pytest.mark.parametrize("fields", [{"images_pass": 0.5}, {"criteria": {"face_contrast": {"share": 0.5}}}])
def test_a_bar_needs_an_interval(recorded: Recording, fields: dict[str, object]) -> None:
    run = recorded(face_contrast=images(2, 9))
    with pytest.raises(PolicyError, match=r"pass: \[low, high\]"):
        gated(run, run, HERE, policy(**fields))


def test_false_alarms_are_rare(recorded: Recording) -> None:
    """100 gates of 5 criteria, no difference and no margin: 5 alarms expected at most, 12 with p < 0.5 %."""
    rules = policy(margin_sd=0.0)

    def alarmed(seed: int) -> bool:
        names = [f"m{i}" for i in range(5)]
        sides = [
            recorded(**{name: images(2, 20, 10 * seed + i + 1000 * side) for i, name in enumerate(names)})
            for side in (1, 2)
        ]
        return decided(gated(*sides, HERE, rules)).exit_code == 1

    assert sum(map(alarmed, range(100))) <= 12
