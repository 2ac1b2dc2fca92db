"""`gate.html`: one file without scripts that asks nothing of any network."""

from __future__ import annotations

from importlib.metadata import version

from markupsafe import Markup

from lightmeter.compare.gate import KINDS, Gate, decided
from lightmeter.report.contrast_page import POLICY
from lightmeter.report.gate_words import SYMBOLS, asked, notes, sorted_checks
from lightmeter.report.templates import asset, environment


def gate_page(gate: Gate) -> str:
    """The verdict and every check, the gravest first."""
    return (
        environment(one_lined=True)
        .get_template("gate.html.jinja")
        .render(
            policy=Markup(POLICY),
            style=Markup(asset("report.css")),
            version=version("lightmeter"),
            outcome=decided(gate),
            checks=sorted_checks(gate),
            symbols=SYMBOLS,
            kinds=KINDS,
            notes=[*notes(gate), asked(gate)],
        )
    )
