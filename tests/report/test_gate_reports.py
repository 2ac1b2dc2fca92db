"""One function decides, and every report of a gate tells the same."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from lightmeter.compare.gate import KINDS, Check, Gate, decided
from lightmeter.report.gate_junit import gate_junit
from lightmeter.report.gate_page import gate_page
from lightmeter.report.gate_summary import gate_summary
from lightmeter.report.gate_terminal import commands, finished_gate
from lightmeter.report.gate_words import STATUSES, SYMBOLS

HOSTILE = st.text(max_size=30) | st.sampled_from(
    [
        "::error::x\n::set-output name=a::b",
        "=cmd()",
        "<script>alert(1)</script>",
        "a|b\n\n# c",
        "\x1b[31mred",
        "##[add-mask]x",
    ]
)
CHECKS = st.builds(
    Check,
    st.sampled_from(sorted(KINDS)),
    HOSTILE,
    st.sampled_from(STATUSES),
    HOSTILE,
    HOSTILE,
    st.lists(HOSTILE, max_size=2).map(tuple),
)
GATES = st.builds(
    Gate,
    HOSTILE,
    HOSTILE,
    st.lists(CHECKS, max_size=6).map(tuple),
    notes=st.lists(HOSTILE, max_size=1).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(GATES)
def test_every_report_and_the_exit_code_agree(gate: Gate) -> None:
    """What only the decision knows must be readable in each of them."""
    found = decided(gate)
    console = Console(width=60, record=True, file=io.StringIO())
    assert finished_gate(gate, None, "text", console) == found.exit_code
    symbol = SYMBOLS[found.decision]
    assert console.export_text().lstrip().startswith(symbol)
    assert gate_summary(gate).startswith(f"# {symbol} ")
    assert re.search(rf"<h1>{symbol} ", gate_page(gate))
    assert f"Exit code {found.exit_code}." in gate_page(gate)
    root = ET.fromstring(gate_junit(gate))
    counts = int(root.get("failures")), int(root.get("errors"))
    assert (counts == (0, 0)) == (found.exit_code == 0)
    assert counts[1] > 0 or found.exit_code != 2
    assert counts[0] > 0 or found.exit_code != 1
    assert root.find(".//property[@name='exit_code']").get("value") == str(found.exit_code)
    lines = list(commands(gate))
    assert any(line.startswith("::error") for line in lines) == (found.exit_code != 0)


@settings(max_examples=60, deadline=None)
@given(GATES)
def test_hostile_text_stays_text(gate: Gate) -> None:
    lines = list(commands(gate))
    assert all(re.match(r"::(error|warning|notice) title=[^:,\n\r]*::[^\n\r]*$", line) for line in lines)
    assert not any("##[" in line for line in lines)
    assert "<script>" not in gate_summary(gate) + gate_page(gate)
    assert "\x1b" not in gate_summary(gate) + "".join(lines)
    table = [line for line in gate_summary(gate).splitlines() if line.startswith("| ")]
    assert all(line.count("|") == 7 for line in table)


def test_a_printed_line_never_begins_with_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    check = Check("limit", "::error::x", "fail", "::a", "b " * 200 + "::warning::y", ("::c",))
    finished_gate(Gate("::run", "::base", (check,), notes=("::note",)), None, "text", Console(width=40))
    assert not any(line.lstrip().startswith("::") for line in capsys.readouterr().out.splitlines())
