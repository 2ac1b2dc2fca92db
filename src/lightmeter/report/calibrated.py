"""A calibration as a table in a terminal, and as a rubric file with its evidence."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lightmeter.compare.calibrate import Calibration, Finding
from lightmeter.report.figures import interval
from lightmeter.report.hostile import one_line


def print_calibration(calibration: Calibration, console: Console) -> None:
    """A row per criterion, best told apart first."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for header in ("criterion", "AUC", "95 %", "good", "bad", "right", "pass"):
        table.add_column(header, justify="left" if header in ("criterion", "pass") else "right")
    for finding in sorted(calibration.findings, key=_merit):
        table.add_row(*(Text(one_line(cell)) for cell in _row(finding)), style=_style(finding))
    console.print(table)


def _merit(finding: Finding) -> tuple[bool, float]:
    apart = abs(finding.separation.auc - 0.5) if finding.separation else -1.0
    return not finding.told_apart, -apart


def _style(finding: Finding) -> str:
    return "" if finding.told_apart else "dim"


def _row(finding: Finding) -> tuple[str, ...]:
    auc, low, high = finding.separation.oriented if finding.separation else (None, None, None)
    found = ("", "") if auc is None else (f"{auc:.2f}", f"{low:.2f} to {high:.2f}")
    right = "" if finding.right is None else f"{100 * finding.right:.0f} %"
    wanted = interval(finding.criterion.pass_, finding.unit) if finding.told_apart else _why_not(finding)
    return finding.name, *found, str(finding.good), str(finding.bad), right, wanted


def _why_not(finding: Finding) -> str:
    return "not told apart" if finding.separation else "too few measured"


def rubric_text(calibration: Calibration, base: str | Path, out: Path) -> str:
    """YAML of a rubric that extends `base` by the thresholds found. out: where it will stand."""
    path = Path(base)
    extended = os.path.relpath(path, out.parent) if path.suffix in (".yaml", ".yml") else str(base)
    head = {
        "name": out.stem,
        "title": f"{calibration.rubric.title}, calibrated",
        "source": f"{calibration.rubric.source}; thresholds from images by lightmeter calibrate",
        "extends": extended,
    }
    lines = [
        f"# {calibration.good} good and {calibration.bad} bad images. AUC with its 95 % interval, p adjusted",
        "# for all criteria; `pass` ends where Youden's J is largest, `warn` where 95 % of the good end.",
        _yaml(head).rstrip(),
    ]
    found = [f for f in calibration.findings if f.told_apart]
    if found:
        lines.append("criteria:")
    lines += [part for f in found for part in (_criterion(f), "")]
    left = ", ".join(f.name for f in calibration.findings if not f.told_apart)
    if left:
        lines += textwrap.wrap(
            f"As they were, for these images do not tell: {left}.",
            110,
            initial_indent="# ",
            subsequent_indent="# ",
        )
    return "\n".join(lines).rstrip() + "\n"


def _criterion(finding: Finding) -> str:
    fields = finding.criterion.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    first, *rest = _yaml({finding.name: fields}).rstrip().splitlines()
    return textwrap.indent("\n".join((first, f"  # evidence: {_evidence(finding)}", *rest)), "  ")


def _evidence(finding: Finding) -> str:
    if finding.separation is None or finding.right is None:
        raise ValueError(f"{finding.name} was not told apart")
    auc, low, high = finding.separation.oriented
    return (
        f"AUC {auc:.3f} ({low:.3f} to {high:.3f}), {finding.good} good, {finding.bad} bad, "
        f"p {finding.p_adjusted:.2g}; right on {100 * finding.right:.0f} % of those left out."
    )


class _Dumper(yaml.SafeDumper):
    """Intervals on one line, as people write them."""


_Dumper.add_representer(
    list, lambda dumper, ends: dumper.represent_sequence("tag:yaml.org,2002:seq", ends, flow_style=True)
)


def _yaml(fields: object) -> str:
    text: str = yaml.dump(fields, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=104)
    return text
