"""`gate-junit.xml`: a suite per kind of check; fail is a <failure>, unmeasured an <error>.

So failures are not zero exactly where the exit code is 1, unless the baseline may not be compared with; and
failures and errors are zero exactly where it is 0.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from lightmeter.compare.gate import KINDS, Check, Gate, Status, decided
from lightmeter.report.gate_words import told
from lightmeter.report.hostile import xml_text
from lightmeter.report.junit import counted, properties

_TAGS: dict[Status, str] = {"fail": "failure", "unmeasured": "error", "skipped": "skipped"}


def gate_junit(gate: Gate) -> bytes:
    """The gate as JUnit XML, with its outcome as properties."""
    outcome = decided(gate)
    root = ET.Element("testsuites", name="lightmeter gate")
    for kind, title in KINDS.items():
        cases = [_case(each) for each in gate.checks if each.kind == kind]
        if cases:
            _suite(root, title, cases)
    if outcome.exit_code == 2 and root.find(".//error") is None:
        nothing = Check("measured", "run", "unmeasured", "something to ask", outcome.headline)
        _suite(root, "run", [_case(nothing)])
    root[0].insert(0, properties(outcome.decision, outcome.exit_code, outcome.headline))
    counted(root, root.iter("testcase"))
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(root: ET.Element, name: str, cases: list[ET.Element]) -> None:
    suite = ET.SubElement(root, "testsuite", name=name)
    counted(suite, cases)
    suite.extend(cases)


def _case(check: Check) -> ET.Element:
    case = ET.Element("testcase", classname=f"gate.{check.kind}", name=xml_text(check.name))
    if check.status in _TAGS:
        attributes = {"message": xml_text(told(check))}
        if check.status != "skipped":
            attributes["type"] = check.status
        ET.SubElement(case, _TAGS[check.status], attributes)
    elif check.status == "warn":
        ET.SubElement(case, "system-out").text = xml_text(f"warn: {told(check)}")
    return case
