from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightmeter.errors import RubricError
from lightmeter.judge.fulfilment import fulfilments, wanted_by
from lightmeter.judge.grammar import Entry, Example, grammar
from lightmeter.judge.prompts import prompt_of
from lightmeter.judge.specification import Ask, asks_of, distinct
from lightmeter.measure.names import registered_names
from lightmeter.measure.records import ImageRecord, Reading, Wanted
from lightmeter.measure.registry import measurements

EXAMPLES = [(entry, example) for entry in grammar().entries for example in entry.examples]


SQUARE, PORES = (1 / 1.03, 1.03), (0.8, 4.5)

CARD, NO_TEXT = {"aspect_ratio": SQUARE, "skin_texture": PORES}, {"text_area": (None, 0.001)}


def given_by(text: str) -> dict[str, tuple[float | None, float | None]]:
    """Measurement -> wanted interval."""
    return {ask.wanted.measurement: (ask.low, ask.high) for ask in asks_of(prompt_of(text)) if ask.wanted}


@pytest.mark.parametrize(("entry", "example"), EXAMPLES, ids=lambda each: getattr(each, "say", ""))
def test_every_example_of_the_grammar(entry: Entry, example: Example) -> None:
    assert given_by(example.say) == dict(example.gives)


def test_every_entry_shows_what_it_does() -> None:
    """At least one example is understood through the entry itself, unless it only takes phrases away."""
    for entry in grammar().entries:
        if entry.wants or entry.opposite or entry.unmeasurable:
            said = [ask.entry for e in entry.examples for ask in asks_of(prompt_of(e.say))]
            assert entry.name in said, entry.name


def test_names_of_entries_are_unique() -> None:
    names = [entry.name for entry in grammar().entries]
    assert len(names) == len(set(names))


def test_units_are_the_registry_s() -> None:
    units = grammar().words.units
    known = measurements()
    assert {name: units[name] for name in units.keys() & known.keys()} == {
        name: known[name].unit for name in units.keys() & known.keys()
    }


def test_names_read_from_files_are_the_registry_s() -> None:
    assert registered_names() == measurements().keys()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("without film grain", {"film_grain": (None, 0.5)}),
        ("film grain", {"film_grain": (0.5, None)}),
        ("negative prompt: film grain", {"film_grain": (None, 0.5)}),
        ("negative prompt: no film grain", {"film_grain": (None, 0.5)}),
        ('{"prompt": "8:8 crop", "negative_prompt": "plastic skin"}', CARD),
        ('{"negative_prompt": ["plastic skin"], "ratio": "1:1"}', CARD),
        ('{"negative_prompt_array": ["text", "plastic skin"], "ratio": "1:1"}', CARD | NO_TEXT),
        ("portrait --no watermark --ar 1:1", {"watermark": (None, 0.5), "aspect_ratio": SQUARE}),
        ("no makeup, visible pores", {"skin_texture": (0.8, 4.5)}),
        ("no makeup but visible pores", {"skin_texture": (0.8, 4.5)}),
        ("no horizon", {"horizon_line": (None, 2.0)}),
        ("key light 45° upper left", {"key_azimuth": (-70.0, -20.0), "key_elevation": (10.0, 75.0)}),
        ("key light 45\\u00b0 upper right", {"key_azimuth": (20.0, 70.0), "key_elevation": (10.0, 75.0)}),
        ("a woman with a red hat, happy", {}),
    ],
)  # fmt: skip
def test_negation_and_sides(text: str, expected: dict[str, tuple[float | None, float | None]]) -> None:
    read = given_by(text)
    assert read.keys() == expected.keys()
    for name, ends in expected.items():
        assert read[name] == pytest.approx(ends)


def test_words_are_cited_with_their_place() -> None:
    prompt = prompt_of("a portrait,\n2-stop gradient falloff from left")
    ask = asks_of(prompt)[0]
    assert prompt.text[ask.start : ask.end] == ask.words == "2-stop gradient falloff from left"
    assert prompt.place(ask.start) == (2, 1)


def test_a_colour_becomes_a_parameter() -> None:
    asks = asks_of(prompt_of("pure RGB 255/0/128 backdrop"))
    assert {ask.wanted for ask in asks} == {
        Wanted.of("key_colour_error", {"key_colour": "#ff0080"}),
        Wanted.of("chroma_purity", {"key_colour": "#ff0080"}),
    }


def test_what_does_not_exist_yet_is_said() -> None:
    for ask in asks_of(prompt_of("24k hammered gold, extra fingers, 8K, 85mm lens")):
        if ask.wanted is None:
            assert ask.reason
        else:
            assert bool(ask.reason) == (ask.wanted.measurement not in registered_names())


_PIECES = st.one_of(
    st.text(max_size=30),
    st.sampled_from([example.say for _, example in EXAMPLES]),
    st.sampled_from(
        ["no ", "negative prompt: ", '"negative_prompt": "', "\\u00b0", "--no ", "45°", "16:0", "#fff "]
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_PIECES, max_size=6).map("".join))
def test_any_text_is_read_and_words_stand_in_it(text: str) -> None:
    prompt = prompt_of(text)
    assert len(prompt.text) == len(text)
    last = 0
    for ask in asks_of(prompt):
        assert 0 <= ask.start < ask.end <= len(text)
        assert prompt.text[ask.start : ask.end] == ask.words
        assert ask.start >= last
        last = ask.start
        line, column = prompt.place(ask.start)
        assert line >= 1
        assert column >= 1
        assert ask.low is None or ask.high is None or ask.low <= ask.high


def test_a_long_prompt_is_quick() -> None:
    """Bounded repetitions: no prompt is slow. About 10 ms for each 1000 characters."""
    asks_of(prompt_of("large softbox soft skin beam of light from " * 700))


def record(prompt: str | None) -> ImageRecord:
    return ImageRecord("a.png", "a.png", "measured", prompt=prompt)


def reading(name: str, value: float | None) -> Reading:
    return Reading("a.png", Wanted.of(name), "", value, "" if value is not None else "no face")


@pytest.mark.parametrize(
    ("value", "met"), [(-45.0, "yes"), (45.0, "no"), (None, "unmeasured"), (315.0, "yes")]
)
def test_an_image_is_held_against_its_prompt(value: float | None, met: str) -> None:
    rows = fulfilments([record("key light 45° upper left")], [reading("key_azimuth", value)])
    by_name = {row.ask.wanted.measurement: row for row in rows if row.ask.wanted}
    assert by_name["key_azimuth"].met == met
    assert bool(by_name["key_azimuth"].reason) == (met == "unmeasured")
    assert by_name["key_elevation"].met == "unmeasured"


def test_no_prompt_asks_nothing() -> None:
    assert fulfilments([record(None), record("")], []) == ()
    assert wanted_by([None, "a woman"]) == []
    assert wanted_by(["visible pores", "visible pores"]) == [Wanted.of("skin_texture")]


def test_repeated_words_ask_once() -> None:
    asks = asks_of(prompt_of("8K, visible pores, 8K"))
    assert [ask.words for ask in asks] == ["8K", "visible pores", "8K"]
    assert [ask.words for ask in distinct(asks)] == ["8K", "visible pores"]


@pytest.mark.parametrize(
    ("want", "problem"),
    [
        ("{measure: skin_texture}", "low, high or around"),
        ("{measure: skin_texture, around: 2}", "one tolerance"),
        ("{measure: skin_textures, low: 2}", "no unit"),
        ("{measure: skin_texture, lowest: 2}", "lowest"),
    ],
)
def test_a_wrong_grammar_is_named(tmp_path: Path, want: str, problem: str) -> None:
    (tmp_path / "words.yaml").write_text(
        'vocabularies: {}\nnegators: ["no"]\nenders: ["but"]\nunits: {skin_texture: "%"}\n'
    )
    entry = f"{{name: a, phrases: [pores], wants: [{want}], examples: [{{say: pores}}]}}"
    (tmp_path / "a.yaml").write_text(f"about: x\nentries:\n  - {entry}\n")
    with pytest.raises(RubricError, match=problem):
        grammar(tmp_path)


def test_the_interval_in_words() -> None:
    ask = Ask("x", 0, 1, "e", Wanted.of("key_azimuth"), -70.0, -20.0, "deg")
    assert ask.interval == "-70 to -20 deg"


def test_text_alone_loads_no_torch() -> None:
    code = (
        "import sys; from lightmeter.cli import app; from contextlib import suppress\n"
        "sys.argv = ['lightmeter', 'lint', 'gold chain']\n"
        "with suppress(SystemExit): app()\n"
        "sys.exit('torch' in sys.modules or 'pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0
