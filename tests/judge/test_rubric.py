from __future__ import annotations

import json
from pathlib import Path

import pytest

from lightmeter.errors import RubricError
from lightmeter.judge.nearest import hint
from lightmeter.judge.rubric import (
    Criterion,
    Rubric,
    asks,
    digest,
    load_rubric,
    rubric_names,
    wanted,
)
from lightmeter.measure.records import Wanted

GOOD = """\
name: mine
title: Mine
source: an article
with: {key_colour: "#ff0080"}
criteria:
  pores:
    measure: skin_texture
    pass: [1.2, 6.0]
    warn: [0.8, 8]
    weight: 2
    why: "'porcelain skin'"
  chroma:
    measure: chroma_purity
    pass: [0.9, null]
    optional: true
    why: "'gradient shifts'"
"""


def problems(path, known) -> list[str]:
    """What is wrong with the file, without the folder in front."""
    with pytest.raises(RubricError) as caught:
        load_rubric(path, known)
    return str(caught.value).replace(f"{path.parent}/", "").splitlines()


def one_criterion(fields: str) -> str:
    return f"name: m\ntitle: t\nsource: s\ncriteria:\n  pores:\n    why: w\n{fields}"


def test_loads_every_field(written, known):
    rubric = load_rubric(written(GOOD), known)
    assert (rubric.name, rubric.title, rubric.source) == ("mine", "Mine", "an article")
    pores = rubric.criteria["pores"]
    assert (pores.pass_, pores.warn, pores.weight, pores.optional) == ((1.2, 6.0), (0.8, 8.0), 2.0, False)
    chroma = rubric.criteria["chroma"]
    assert (chroma.pass_, chroma.warn, chroma.weight, chroma.optional) == ((0.9, None), None, 1.0, True)


@pytest.mark.parametrize(
    ("line", "replaced", "message"),
    [
        (
            "skin_texture",
            "skin_textur",
            "mine.yaml:7: no measurement 'skin_textur'; did you mean 'skin_texture'?",
        ),
        ("weight:", "wieght:", "mine.yaml:10: unknown field 'wieght'; did you mean 'weight'?"),
        ("title:", "titel:", "mine.yaml:2: unknown field 'titel'; did you mean 'title'?"),
        ("pass: [1.2", "pass_: [1.2", "mine.yaml:8: unknown field 'pass_'; did you mean 'pass'?"),
        ("[1.2, 6.0]", "[6.0, 1.2]", "criteria.pores.pass: the interval is reversed: 6.0 is above 1.2"),
        ("[0.8, 8]", "[2, 8]", "mine.yaml:6: criteria.pores: warn [2, 8] does not contain pass [1.2, 6]"),
        ("[1.2, 6.0]", "[null, 6]", "criteria.pores: warn [0.8, 8] does not contain pass [null, 6]"),
        ("[1.2, 6.0]", "[.nan, 6.0]", "mine.yaml:8: .nan is not a finite number; an open end is null"),
        ("[0.8, 8]", "[0.8, .inf]", "mine.yaml:9: .inf is not a finite number; an open end is null"),
        ("[1.2, 6.0]", "[1.2]", "criteria.pores.pass: an interval is [low, high]; an open end is null"),
        ("[1.2, 6.0]", "['1.2', 6]", "criteria.pores.pass.0: input should be a valid number"),
        ("[1.2, 6.0]", "[true, 6]", "criteria.pores.pass.0: input should be a valid number"),
        ("weight: 2", "weight: 0", "mine.yaml:10: criteria.pores.weight: input should be greater than 0"),
        ("optional: true", "optional: maybe", "criteria.chroma.optional: input should be a valid boolean"),
        ("\"'porcelain skin'\"", '""', "mine.yaml:11: criteria.pores.why: string should have at least 1"),
        ("name: mine\n", "", "mine.yaml:1: 'name' is missing"),
        ("    measure: skin_texture\n", "", "mine.yaml:6: criteria.pores: 'measure' is missing"),
        (
            "[0.9, null]",
            "[1.5, null]",
            "criteria.chroma.pass: no value can pass: 'chroma_purity' is within 0..1",
        ),
        ("[0.9, null]", "[null, null]", "criteria.chroma: pass is open at both ends: every value would pass"),
        (
            "key_colour:",
            "key_color:",
            "mine.yaml:4: no criterion takes the parameter 'key_color'; did you mean 'key_",
        ),
        ("[0.9, null]", "2024-01-01", "mine.yaml:14: '2024-01-01' reads as a date; put it in quotes"),
        (
            "optional: true",
            "optional: !!python/name:os.system x",
            "tag '!!python/name:os.system' is not allowed",
        ),
        ("optional: true", "optional: !mine x", "mine.yaml:15: tag '!mine' is not allowed"),
        ("  chroma:", "  pores:", "mine.yaml:12: duplicate 'pores'; the first is on line 6"),
        ("  chroma:", "  12:", "mine.yaml:12: a name must be text; '12' is not: put it in quotes"),
        ("criteria:", "criteria: [", "mine.yaml:"),
    ],
)
def test_each_problem_has_its_line_and_the_nearest_word(written, known, line, replaced, message):
    assert line in GOOD
    found = problems(written(GOOD.replace(line, replaced, 1)), known)
    assert any(message in text for text in found), found
    assert all(text.startswith("mine.yaml:") for text in found)


def test_all_problems_at_once(written, known):
    text = GOOD.replace("skin_texture", "skin_textur").replace("wei", "wie").replace("[0.9,", "[.nan,")
    found = problems(written(text), known)
    lines = sorted(int(message.split(":")[1]) for message in found)
    assert lines == [7, 10, 14]


def test_parameter_that_the_measurement_does_not_take(written, known):
    text = one_criterion("    measure: chroma_purity\n    pass: [0, 1]\n    with:\n      key_color: red\n")
    assert problems(written(text), known) == [
        "mine.yaml:10: 'chroma_purity' takes no parameter 'key_color'; did you mean 'key_colour'?"
    ]


def test_an_input_of_the_engine_is_no_parameter(written, known):
    text = one_criterion("    measure: chroma_purity\n    pass: [0, 1]\n    with: {linear: 1}\n")
    assert "takes no parameter 'linear'" in problems(written(text), known)[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "mine.yaml:1: the file is empty"),
        ("- a\n", "mine.yaml:1: a rubric is a mapping of fields"),
        ("a: 1\n--- \nb: 2\n", "mine.yaml:2: but found another document"),
        (
            "name: m\ntitle: t\nsource: s\ncriteria: {}\n",
            "mine.yaml:4: a rubric needs at least one criterion",
        ),
        ("name: m\ntitle: t\nsource: s\n", "mine.yaml:1: a rubric needs at least one criterion"),
        ("name: m\ntitle: t\nsource: s\ncriteria: [1]\n", "mine.yaml:4: criteria: a mapping from names"),
        ("name: m\ntitle: t\nsource: s\ncriteria: {a: 1}\n", "mine.yaml:4: criteria.a: a mapping of fields"),
        (
            "name: m\ntitle: t\nsource: s\ncriteria: {a: null}\n",
            "nothing to remove: no criterion 'a' is extended",
        ),
        ("name: &a [*a]\n", "mine.yaml:1: an alias that contains itself"),
        ("a: \x07\n", "mine.yaml:1: "),
        ("[" * 3000, "mine.yaml:1: "),
    ],
)
def test_files_that_are_no_rubric(written, known, text, message):
    assert any(message in text for text in problems(written(text), known))


def test_alias_bomb_is_refused(written, known):
    levels = [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 9)]
    found = problems(written("l0: &l0 [x]\n" + "\n".join(levels)), known)
    assert found == ["mine.yaml:3: more than 16 aliases"]


def test_a_few_aliases_are_fine(written, known):
    text = GOOD.replace("pass: [1.2, 6.0]", "pass: &range [1.2, 6.0]").replace("[0.8, 8]", "*range")
    assert load_rubric(written(text), known).criteria["pores"].warn == (1.2, 6.0)


def test_not_utf8(tmp_path, known):
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"name: \xff")
    assert "mine.yaml:1: cannot be read" in problems(path, known)[0]


EXTENDING = """\
name: child
extends: mine.yaml
with: {key_colour: "#00ff00"}
criteria:
  chroma: null
  blur:
    measure: sharpness
    pass: [0.2, null]
    why: soft-focus
  tint: {measure: key_colour_error, pass: [0, 5], why: tint}
"""


def test_extends_merges_criteria_by_name(written, known):
    written(GOOD)
    rubric = load_rubric(written(EXTENDING, "child.yaml"), known)
    assert (rubric.name, rubric.title, rubric.source) == ("child", "Mine", "an article")
    assert list(rubric.criteria) == ["pores", "blur", "tint"]
    assert rubric.with_ == {"key_colour": "#00ff00"}


def test_extends_replaces_a_criterion_whole(written, known):
    written(GOOD)
    text = (
        "name: c\nextends: ./mine.yaml\ncriteria:\n  pores: {measure: skin_texture, pass: [2, 5], why: w}\n"
    )
    pores = load_rubric(written(text, "child.yaml"), known).criteria["pores"]
    assert (pores.pass_, pores.warn, pores.weight) == ((2, 5), None, 1.0)


def test_problems_of_both_files_are_told(written, known):
    written(GOOD.replace("skin_texture", "skin_textur"))
    found = problems(written(EXTENDING.replace("sharpness", "sharpnes"), "child.yaml"), known)
    assert [text.split(": ")[0] for text in found] == ["mine.yaml:7", "child.yaml:7"]


def test_extends_loop(written, known):
    written(EXTENDING.replace("mine.yaml", "child.yaml"), "mine.yaml")
    found = problems(written(EXTENDING, "child.yaml"), known)
    assert "mine.yaml:2: extends: a loop, child.yaml -> mine.yaml -> child.yaml" in found


def test_extends_nothing_that_exists(written, known):
    found = problems(written(EXTENDING.replace("mine.yaml", "hyperreal-charakter"), "child.yaml"), known)
    assert found[0] == (
        "child.yaml:2: extends: no rubric 'hyperreal-charakter'; did you mean 'hyperreal-character'?"
    )


def test_removing_all_criteria(written, known):
    written(GOOD)
    text = "name: c\nextends: mine.yaml\ncriteria: {pores: null, chroma: null}\n"
    assert "child.yaml:3: a rubric needs at least one criterion" in problems(
        written(text, "child.yaml"), known
    )


def test_removing_what_is_not_there_names_the_nearest(written, known):
    written(GOOD)
    text = "name: c\nextends: mine.yaml\ncriteria: {pore: null}\n"
    assert problems(written(text, "child.yaml"), known) == [
        "child.yaml:3: nothing to remove: no criterion 'pore' is extended; did you mean 'pores'?"
    ]


def test_no_such_rubric(tmp_path):
    with pytest.raises(RubricError, match="did you mean 'dazzling-shadow'"):
        load_rubric("dazling-shadow", {})
    with pytest.raises(RubricError, match="no rubric file"):
        load_rubric(tmp_path / "absent", {})


def test_wanted_restricts_shared_parameters_and_lets_a_criterion_override(known):
    chroma = {"measure": "chroma_purity", "pass": (0.9, 1), "why": "w"}
    criteria = {
        "pores": {"measure": "skin_texture", "pass": (1, 2), "why": "w"},
        "again": {"measure": "skin_texture", "pass": (1, 3), "why": "w"},
        "chroma": chroma,
        "own": {**chroma, "with": {"key_colour": "#000000"}},
    }
    shared = {"key_colour": "#ff0080"}
    rubric = Rubric(name="r", title="t", source="s", with_=shared, criteria=criteria)
    assert wanted(rubric, known) == [
        Wanted("skin_texture"),
        Wanted.of("chroma_purity", shared),
        Wanted.of("chroma_purity", {"key_colour": "#000000"}),
    ]
    overridden = rubric.with_parameters({"key_colour": "#00ff00"}, known)
    assert set(wanted(overridden, known)[1:]) == {Wanted.of("chroma_purity", {"key_colour": "#00ff00"})}


def test_with_parameters_refuses_what_nothing_takes(written, known):
    rubric = load_rubric(written(GOOD), known)
    with pytest.raises(RubricError, match="takes 'key_color'; did you mean 'key_colour'"):
        rubric.with_parameters({"key_color": "#ff0080"}, known)


def test_digest_ignores_order_and_sees_every_change(known, rubric_of, written):
    a = Criterion(measure="skin_texture", pass_=(1, 2), why="w")
    b = Criterion(measure="sharpness", pass_=(0, None), why="w")
    assert digest(rubric_of({"a": a, "b": b})) == digest(rubric_of({"b": b, "a": a}))
    changed = a.model_copy(update={"pass_": (1, 2.5)})
    assert digest(rubric_of({"a": a, "b": b})) != digest(rubric_of({"a": changed, "b": b}))
    assert len(digest(load_rubric(written(GOOD), known))) == 64


def test_a_rubric_survives_json(written, known):
    rubric = load_rubric(written(GOOD), known)
    assert Rubric.model_validate_json(rubric.model_dump_json(by_alias=True)) == rubric
    assert json.loads(rubric.model_dump_json(by_alias=True))["criteria"]["pores"]["pass"] == [1.2, 6.0]


def test_hint_lists_short_choices():
    assert hint("zzz", ["pass", "warn"]) == "; valid: pass, warn"
    assert hint("zzz", []) == ""


@pytest.mark.parametrize("name", rubric_names())
def test_packaged_rubrics_load_and_quote_their_article(name):
    rubric = load_rubric(name)
    assert rubric.name == name
    assert wanted(rubric)
    for criterion in rubric.criteria.values():
        assert "'" in criterion.why, "quotes its article"


def test_packaged_names():
    assert {"hyperreal-character", "dazzling-shadow", "gold-jewellery"} <= set(rubric_names())


def test_chroma_is_asked_only_on_demand():
    rubric = load_rubric("hyperreal-character")
    asked = [rubric.criteria[name] for name, w in asks(rubric).items() if "key_colour" in w.parameters]
    assert asked == []
    pink = rubric.with_parameters({"key_colour": "#ff0080"})
    assert asks(pink)["chroma"].mapping() == {"key_colour": "#ff0080"}
    assert all(
        c.optional for c in rubric.criteria.values() if c.measure in ("chroma_purity", "material_similarity")
    )


def test_the_rubric_folder_of_a_wheel_comes_first(tmp_path, monkeypatch):
    (tmp_path / "rubrics").mkdir()
    (tmp_path / "rubrics" / "packaged.yaml").write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr("lightmeter.judge.shelf.files", lambda _: Path(tmp_path))
    assert rubric_names() == ("packaged",)
