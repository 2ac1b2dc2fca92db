from __future__ import annotations

import pytest

from lightmeter.report.hostile import code, csv_cell, lines, markdown, one_line, well_formed, xml_text


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\ta", "\ra"])
def test_formulas_are_quoted(text: str) -> None:
    assert csv_cell(text) == "'" + text


def test_plain_cells_are_untouched() -> None:
    assert csv_cell("a=1") == "a=1"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07name", "name"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mC1", "31mC1"),
        ("a\r\nb\x08", "a b"),
        ("a\u202egpj.exe", "a gpj.exe"),
        ("caf\udce9", "caf\\udce9"),
    ],
)
def test_one_line_leaves_nothing_that_a_terminal_obeys(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_a_prompt_keeps_its_lines() -> None:
    assert lines("a\nb\x1b[2J\u2028c") == "a\nb\nc"


def test_markdown_has_no_markup_left() -> None:
    text = markdown("**a** | `b` <script> [x](https://e) @someone _c_ d_e\n# h")
    assert "<" not in text and "\n" not in text and "://" not in text
    assert r"\*\*a\*\*" in text and "&#124;" in text and "@s" not in text
    assert "d_e" in text


def test_code_spells_unusual_characters() -> None:
    assert code("a/b_1.png") == "`a/b_1.png`"
    assert code("a|b`<i>") == "<code>a&#124;b&#96;&#60;i&#62;</code>"


def test_xml_text_is_legal() -> None:
    assert xml_text("a\x00\x0b\ufffe\x1b[31mb\n") == "a\ufffdb\n"


def test_well_formed_is_utf8() -> None:
    assert well_formed("\ud800é").encode() == "\\ud800é".encode()
