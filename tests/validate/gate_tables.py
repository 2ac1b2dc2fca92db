"""What `lightmeter gate` promises, on values whose truth is known: a section of statistics.md."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from figures import share, table

from lightmeter.compare.accepted import Origin
from lightmeter.compare.gate import decided
from lightmeter.compare.gated import gated
from lightmeter.compare.policy import MARGIN_SD, Policy
from lightmeter.compare.recorded import Recorded
from lightmeter.judge.model import Rubric
from lightmeter.measure.records import ImageRecord, Reading, Wanted

SEED = 11
SHARP = Policy(margin_sd=0.0)
_ORIGINS = (Origin(), Origin())


def halves(run: Recorded) -> tuple[Recorded, Recorded]:
    """The variants a and b of a made run, as a run and its baseline."""
    names = [{each.image for each in run.images if each.variant == variant} for variant in "ba"]
    first, second = (
        Recorded(
            "made",
            tuple(each for each in run.images if each.image in name),
            tuple(each for each in run.readings if each.image in name),
        )
        for name in names
    )
    return first, second


def alarmed(run: Recorded, rubric: Rubric, policy: Policy) -> bool:
    """Whether the gate fails although both halves are alike."""
    return decided(gated(*halves(run), _ORIGINS, policy, rubric)).exit_code == 1


def shifted(pairs: int, shift: float, questions: int, draw: int) -> tuple[Recorded, Recorded]:
    """Pairs of images of one sd with half of their variance in common; the first question is shifted."""
    rng = np.random.default_rng([SEED, pairs, questions, draw])
    common = rng.normal(size=(pairs, questions))
    sides = [np.sqrt(0.5) * (common + rng.normal(size=common.shape)) for _ in range(2)]
    sides[0][:, 0] += shift
    return _recorded(sides[0]), _recorded(sides[1])


def _recorded(values: np.ndarray) -> Recorded:
    images = tuple(ImageRecord(f"{i}.png", "", "measured", "", f"prompt {i}", i) for i in range(len(values)))
    readings = tuple(
        Reading(record.image, Wanted(f"m{j}"), "stop", float(value), "")
        for record, row in zip(images, values, strict=True)
        for j, value in enumerate(row)
    )
    return Recorded("made", images, readings)


def failed(pairs: int, shift: float, questions: int, draws: int) -> int:
    """How many gates with margins of 0.2 fail; more is worse in every question."""
    rule = {"worse": "higher", "margin": MARGIN_SD}
    policy = Policy.model_validate({"criteria": {f"m{j}": rule for j in range(questions)}})
    runs = (shifted(pairs, shift, questions, i) for i in range(draws))
    return sum(decided(gated(*each, _ORIGINS, policy)).exit_code == 1 for each in runs)


EDGE = (100, 400)
POWER = ((50, 1), (100, 1), (200, 1), (100, 14), (200, 14), (400, 14))
ALARMS = (
    "The same splits, half as run and half as baseline, all criteria of `{}`, no margin: how many gates "
    "fail. At most 5 % should; a margin makes it fewer."
)
MARGINS = (
    f"Pairs of images, half of their variance in common, margin {MARGIN_SD} sd of the baseline: how many of "
    "the gates fail. Worse by exactly the margin, 5 % should fail, give or take the draws."
)


def alarm_table(rows: dict[str, int], splits: int) -> str:
    """Gates that fail where nothing is worse."""
    return table(["split", "gates that fail"], [[name, share(k, splits)] for name, k in rows.items()])


def margin_table(edge: dict[int, int], power: dict[tuple[int, int], int], draws: Sequence[int]) -> str:
    """draws: of the edge, and of the power."""
    cells = [[f"{n} pairs, 1 question", "the margin", share(k, draws[0])] for n, k in edge.items()]
    cells += [
        [f"{n} pairs, {m} question{'s' * (m > 1)}", "twice the margin", share(k, draws[1])]
        for (n, m), k in power.items()
    ]
    return table(["images", "one question is worse by", "gates that fail"], cells)
