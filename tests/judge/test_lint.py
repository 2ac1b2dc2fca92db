from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightmeter.cli import main
from lightmeter.judge.grammar import grammar
from lightmeter.judge.lint import lint, rules
from lightmeter.judge.prompts import prompt_of

RULES = rules().rules


def names(text: str) -> list[str]:
    return [finding.rule for finding in lint(prompt_of(text))]


@pytest.mark.parametrize(("rule", "text"), [(r.name, e) for r in RULES for e in r.examples])
def test_every_example_of_a_rule_is_found(rule: str, text: str) -> None:
    assert rule in names(text)


@pytest.mark.parametrize(("rule", "text"), [(r.name, e) for r in RULES for e in r.clean])
def test_what_is_clean_is_not_found(rule: str, text: str) -> None:
    assert rule not in names(text)


@pytest.mark.parametrize("rule", rules().contradictions, ids=lambda rule: rule.name)
def test_contradictions(rule) -> None:  # type: ignore[no-untyped-def]
    assert rule.name in names(rule.example)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rules_name_measurements(rule) -> None:  # type: ignore[no-untyped-def]
    assert {*rule.measures, *rule.unless} <= grammar().words.units.keys()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_taking_the_advice_is_clean(rule) -> None:  # type: ignore[no-untyped-def]
    """What a rule tells to say is found by no rule itself, quotations of the vague word apart."""
    assert rule.name not in names(rule.instead.split(" (")[0])


def test_two_intervals_that_do_not_meet() -> None:
    assert names("softbox 45° upper left, softbox 45° upper right") == ["two-intervals"]
    assert names("flawless porcelain skin, visible pores") == ["two-intervals"]
    assert names("softbox 45° upper left, softbox 50° upper left") == []


def test_words_that_are_not_wanted_are_no_finding() -> None:
    assert names("no soft light") == []
    assert names("negative prompt: gold chain, soft light") == []


def test_a_place_in_a_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = tmp_path / "card.json"
    card.write_text('{\n  "seed": 1,\n  "prompt": "a gold chain",\n  "negative_prompt": "soft light"\n}\n')
    assert run(["lint", str(card), "--format", "json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)
    assert (finding["line"], finding["column"], finding["words"]) == (3, 16, "gold chain")


def test_a_place_in_markdown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the section of the prompt is read."""
    page = tmp_path / "page.md"
    page.write_text("# Soft light\n\nsoft light\n\n## Prompt\n\na gold chain\n\n## Source\n\nsoft light\n")
    assert run(["lint", str(page)]) == 1
    out = capsys.readouterr().out
    assert f"{page}:7:3: gold" in out
    assert "1 finding" in out


def run(arguments: list[str]) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["lightmeter", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
    return int(stopped.value.code or 0)


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert run(["lint", "24k hammered gold"]) == 0
    assert run(["lint", "gold chain"]) == 1
    assert run(["lint", "missing.txt"]) == 2
    assert run(["lint", str(broken), "gold chain"]) == 2
    assert "bad JSON" in capsys.readouterr().err
    assert run(["lint", "--list"]) == 0
    assert "realistic-skin" in capsys.readouterr().out
    assert run(["spec", "visible pores"]) == 0
    assert "skin_texture" in capsys.readouterr().out


def test_annotations_hold_no_command_of_a_stranger(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "gold chain\n::error::x 100%", "--format", "github"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("::warning file=prompt,line=1,col=1,title=gold::")
    assert out.count("\n") == 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.one_of(st.text(max_size=20), st.sampled_from([e for r in RULES for e in r.examples])), max_size=5
    )
)
def test_any_text_is_linted(parts: list[str]) -> None:
    text = " ".join(parts)
    for finding in lint(prompt_of(text)):
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.message
        assert finding.instead
