"""The table that stands in the terminal while a folder is followed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rich.console import Group
from rich.table import Table
from rich.text import Text

from lightmeter.judge.run import Run
from lightmeter.report.figures import DECISIONS
from lightmeter.report.hostile import one_line

_MOST_VARIANTS = 20


@dataclass
class Board:
    """Decisions per variant so far, and the newest image."""

    decided: dict[str, tuple[str, str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    newest: str = ""

    def add(self, run: Run) -> None:
        """Take up what a run of new images found; an image that changed is counted once."""
        variants = {record.image: record.variant for record in run.images}
        for score in run.scores:
            self.decided[score.image] = (variants[score.image], score.decision)
            worst = f", {score.worst} worst" if score.worst else ""
            self.newest = f"{score.image}: {score.decision}, score {score.low:.2f} to {score.high:.2f}{worst}"
        for record in run.images:
            self.refused.pop(record.image, None)
            if record.status != "measured":
                self.refused[record.image] = record.reason

    def shown(self, state: str) -> Group:
        """The table, the newest image, and one line that says what is going on."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column("variant", overflow="fold")
        for name in ("images", *DECISIONS):
            table.add_column(name, justify="right")
        for variant, counts in self._counts()[:_MOST_VARIANTS]:
            cells = (str(counts[name] or "") for name in DECISIONS)
            table.add_row(Text(one_line(variant) or "(no variant)"), str(counts.total()), *cells)
        lines = [Text(one_line(self.newest), "dim")] if self.newest else []
        if self.refused:
            lines.append(Text(f"without values, the report says why: {len(self.refused)}", "yellow"))
        return Group(table, *lines, Text(one_line(state), "dim"))

    def _counts(self) -> list[tuple[str, Counter[str]]]:
        counts: dict[str, Counter[str]] = {}
        for variant, decision in self.decided.values():
            counts.setdefault(variant, Counter())[decision] += 1
        return sorted(counts.items())
