from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from lightmeter.cli import main
from lightmeter.compare.recorded import verbatim
from lightmeter.judge.fulfilment import Fulfilment
from lightmeter.judge.run import Run
from lightmeter.judge.specification import Ask
from lightmeter.read.metadata.generation import Generation
from lightmeter.report.delimited import csv_bytes
from lightmeter.report.generations import print_generations, print_json_lines
from lightmeter.report.hostile import code, csv_cell, lines, markdown, one_line, well_formed, xml_text
from lightmeter.report.tables import specification_frame


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\ta", "\ra", "\na", "＝1", "＋1", "－1", "＠a"])
def test_formulas_are_quoted_and_read_back(text: str) -> None:
    assert csv_cell(text) == "'" + text
    assert verbatim(csv_cell(text)) == text


def test_errors_are_printed_without_escape_codes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    name = "\x1b]0;title\x07\x1b[31mred\u202e.png"
    for arguments in (["measure", name, "--no-cache"], ["meta", name], ["rubric", "validate", name]):
        monkeypatch.setattr("sys.argv", ["lightmeter", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        assert stopped.value.code == 2
        said = capfd.readouterr()
        assert "red" in said.err and not {"\x1b", "\x07", "\u202e"} & set(said.err + said.out)


def test_a_defect_is_no_failing_criterion(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("lightmeter.cli.app", broken)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_generations_show_no_escape_codes() -> None:
    evil = "\x1b[2J\x9b31m=cmd\u202e[bold]<b>"
    made = Generation(prompt=evil, negative=evil, tool=evil, model=evil, sampler=evil, origin=evil)
    for show in (print_generations, print_json_lines):
        text = io.StringIO()
        show([(evil, made), ("b.png", Generation(reason=evil))], Console(file=text))
        assert "[bold]" in text.getvalue() and not {"\x1b", "\x9b", "\u202e"} & set(text.getvalue())


def test_a_specification_is_no_formula(run: Run) -> None:
    ask = Ask("=cmd|' /C calc'!A0", 0, 1, "entry", None, reason="@b")
    held = replace(run, specification=(Fulfilment("=a.png", ask, None, "unmeasured", "@b"),))
    _, line = csv_bytes(specification_frame(held)).decode().splitlines()
    assert line.startswith("'=a.png,'=cmd") and ",'@b" in line


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
