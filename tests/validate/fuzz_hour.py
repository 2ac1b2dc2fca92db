"""Fuzzing for as long as one likes, on mutants that `make validate` does not try.

    python tests/validate/fuzz_hour.py [--seconds 3600]

Writes reports/validation/fuzz-hour.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from figures import table
from fuzzing import Tallies, fuzzed
from robustness_tables import TRIES

REPORT = Path(__file__).parents[2] / "reports" / "validation" / "fuzz-hour.md"


def page(tallies: Tallies, seconds: float) -> str:
    """What became of the mutants, by kind."""
    rows = [
        [name, t.tried, t.read, t.refused, t.wrong, t.crashes, t.hangs, f"{t.slowest:.1f}"]
        for name, t in tallies.kinds.items()
    ]
    columns = ["kind", "tried", "read", "refused", "unexplained", "crashes", "hangs", "slowest, s"]
    totals = [tallies.total(name) for name in ("tried", "wrong", "crashes", "hangs")]
    return "\n".join(
        [
            "# An hour of mutants",
            "",
            "Written by `python tests/validate/fuzz_hour.py`: the readers of robustness.md, on mutants that",
            "it does not try. A crash is the death of the process that reads; a hang, 10 s without an",
            "answer. In a run decoders work in processes of their own, so that not even these would end it.",
            "",
            f"{totals[0]} mutants in {seconds / 60:.1f} minutes: {totals[2]} crashes, {totals[3]} hangs, "
            f"{totals[1]} errors without an explanation.",
            "",
            table(columns, rows),
            "",
        ]
    )


def main() -> int:
    """Fuzz, print and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3600)
    given = parser.parse_args()
    began = time.monotonic()
    tallies = fuzzed(sys.maxsize, given.seconds, first=TRIES)
    text = page(tallies, time.monotonic() - began)
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
