"""`gate.html`: one file without scripts that asks nothing of any network."""

from __future__ import annotations

from importlib.metadata import version
from importlib.resources import files

from markupsafe import Markup

from lightmeter.compare.gate import KINDS, Gate, decided
from lightmeter.report.contrast_page import POLICY, environment
from lightmeter.report.gate_words import SYMBOLS, asked, notes, sorted_checks


def gate_page(gate: Gate) -> str:
    """The verdict and every check, the gravest first."""
    style = (files("lightmeter.report") / "assets" / "report.css").read_text(encoding="utf-8")
    return (
        environment()
        .get_template("gate.html.jinja")
        .render(
            policy=Markup(POLICY),
            style=Markup(style),
            version=version("lightmeter"),
            outcome=decided(gate),
            checks=sorted_checks(gate),
            symbols=SYMBOLS,
            kinds=KINDS,
            notes=[*notes(gate), asked(gate)],
        )
    )
