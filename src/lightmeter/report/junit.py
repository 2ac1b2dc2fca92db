"""`junit.xml`: a suite per variant, a test case per image and criterion.

fail -> <failure>; a required value that is missing -> <error>, so it never looks like a pass; an optional
one -> <skipped>. Every case of an image that could not be read, or of which nothing was measured although
all its criteria are optional, is an <error> too. So failures and errors are zero exactly where
`outcome` decides pass or warn. A warn is a pass with its reason in <system-out>.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from lightmeter.judge.outcome import Outcome
from lightmeter.judge.run import Run, Verdict
from lightmeter.report.figures import interval, with_unit
from lightmeter.report.hostile import xml_text

UNNAMED = "(no variant)"


def junit(run: Run, outcome: Outcome) -> bytes:
    """The run as JUnit XML, with the outcome as properties of the whole."""
    root = ET.Element("testsuites", name="lightmeter")
    variant = {record.image: record.variant for record in run.images}
    suites: dict[str, list[Verdict]] = {total.variant: [] for total in run.totals}
    for verdict in run.verdicts:
        suites.setdefault(variant.get(verdict.image, ""), []).append(verdict)
    grave = _unreadable(run)
    for name, verdicts in suites.items():
        _suite(root, name, [_case(run, verdict, verdict.image in grave) for verdict in verdicts], outcome)
    if outcome.exit_code == 2 and root.find(".//error") is None:
        _suite(root, "run", [_run_case(outcome)], outcome)
    counted(root, root.iter("testcase"))
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _unreadable(run: Run) -> set[str]:
    """The images whose missing values are errors even where they are optional."""
    required = {
        v.image
        for v in run.verdicts
        if v.decision == "unmeasured" and not run.criterion(v.criterion).optional
    }
    refused = {record.image for record in run.images if record.status == "refused"}
    return refused | {s.image for s in run.scores if s.decision == "unmeasured" and s.image not in required}


def _suite(root: ET.Element, name: str, cases: list[ET.Element], outcome: Outcome) -> None:
    suite = ET.SubElement(root, "testsuite", name=xml_text(name) or UNNAMED)
    suite.append(properties(outcome.decision, outcome.exit_code, outcome.headline))
    counted(suite, cases)
    suite.extend(cases)


def properties(decision: str, exit_code: int, headline: str) -> ET.Element:
    """An outcome, as a suite's first element."""
    element = ET.Element("properties")
    for key, value in (("decision", decision), ("exit_code", str(exit_code)), ("headline", headline)):
        ET.SubElement(element, "property", name=key, value=xml_text(value))
    return element


def counted(element: ET.Element, cases: Iterable[ET.Element]) -> None:
    """Tell on a suite how many of its cases fail, err and are skipped."""
    found = list(cases)
    element.set("tests", str(len(found)))
    for tag, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        element.set(attribute, str(sum(case.find(tag) is not None for case in found)))


def _case(run: Run, verdict: Verdict, grave: bool) -> ET.Element:
    criterion, reading = run.criterion(verdict.criterion), verdict.reading
    case = ET.Element("testcase", classname=xml_text(verdict.image), name=xml_text(verdict.criterion))
    if verdict.decision == "unmeasured":
        tag = "skipped" if criterion.optional and not grave else "error"
        _tell(case, tag, "unmeasured", f"not measured: {reading.reason}", criterion.why)
    elif verdict.decision != "pass":
        wanted = interval(criterion.pass_, reading.unit)
        value = with_unit(reading.value, reading.unit, reading.error)
        message = f"{reading.wanted.measurement} is {value}, wanted {wanted}"
        if verdict.decision == "fail":
            _tell(case, "failure", "fail", message, criterion.why)
        else:
            ET.SubElement(case, "system-out").text = xml_text(f"warn: {message}. {criterion.why}")
    return case


def _run_case(outcome: Outcome) -> ET.Element:
    case = ET.Element("testcase", classname="lightmeter", name="run")
    _tell(case, "error", "unmeasured", outcome.headline, "")
    return case


def _tell(case: ET.Element, tag: str, kind: str, message: str, why: str) -> None:
    told = ET.SubElement(case, tag, message=xml_text(message))
    if tag != "skipped":
        told.set("type", kind)
        told.text = xml_text(why)
