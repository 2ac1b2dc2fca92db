"""A pytest plugin: the fixture `lightmeter`, for tests of an image pipeline.

    def test_portraits(lightmeter):
        lightmeter.assert_passes(lightmeter.score("portraits/", "hyperreal-character"))

    def test_no_worse_than_main(lightmeter):
        lightmeter.assert_passes(lightmeter.gate("run/", "baseline.csv"))

Collecting tests loads neither torch nor any network; the first measurement does.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import pandas as pd

    from lightmeter.api import Paths
    from lightmeter.compare.gate import Gate
    from lightmeter.judge.model import Rubric
    from lightmeter.judge.outcome import Outcome
    from lightmeter.judge.run import Run


class Lightmeter:
    """What a test asks: the functions of `lightmeter`, and one that fails a test."""

    def measure(self, paths: Paths, *, only: tuple[str, ...] = ()) -> pd.DataFrame:
        """As `lightmeter.measure`."""
        import lightmeter

        return lightmeter.measure(paths, only=only)

    def score(self, paths: Paths, rubric: str | Path | Rubric = "hyperreal-character") -> Run:
        """As `lightmeter.score`."""
        import lightmeter

        return lightmeter.score(paths, rubric)

    def gate(
        self,
        run: str | Path,
        baseline: str | Path,
        *,
        policy: str | Path | None = None,
        rubric: str | Path | Rubric | None = None,
    ) -> Gate:
        """As `lightmeter.gate`."""
        import lightmeter

        return lightmeter.gate(run, baseline, policy=policy, rubric=rubric)

    def assert_passes(self, run: Run | Gate) -> None:
        """Fail the test where the exit code, for a run that under `--strict`, would not be 0."""
        outcome, details = _outcome(run)
        if outcome.exit_code:
            pytest.fail("\n".join([outcome.headline, *details]), pytrace=False)


@pytest.fixture(scope="session")
def lightmeter() -> Lightmeter:
    """lightmeter's functions, and `assert_passes(run)`."""
    return Lightmeter()


def _outcome(run: Run | Gate) -> tuple[Outcome, list[str]]:
    from lightmeter.compare.gate import Gate, decided
    from lightmeter.judge.outcome import outcome
    from lightmeter.report.gate_words import told

    if isinstance(run, Gate):
        wrong = [each for each in run.checks if each.status in ("fail", "unmeasured")]
        return decided(run), [f"  {each.name}: {told(each)}" for each in wrong]
    failing = [each for each in run.verdicts if each.decision == "fail"]
    return outcome(run, strict=True), [f"  {each.image}: {each.criterion}" for each in failing]
