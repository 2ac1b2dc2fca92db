"""statistics.md: whether `lightmeter compare` and `gate` keep their promises, on values whose truth is known.

All values are made from seeds: nothing is measured, so the same page comes out everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import gate_tables as gates
import numpy as np
from figures import Headline, page, section, share, table
from metering import Meter

from lightmeter.compare.compared import compared
from lightmeter.compare.contrast import LEVEL, contrast, significance
from lightmeter.compare.pairing import Sample, Shot, sample
from lightmeter.compare.recorded import Recorded
from lightmeter.judge.model import Rubric, asks
from lightmeter.judge.rubric import load_rubric
from lightmeter.measure.records import ImageRecord, Reading

SEED = 7
SPLITS = 1000
DRAWS = 1000
GATES = 100
RUBRIC = "hyperreal-character"

Rng = np.random.Generator
Arms = tuple[list[Shot], list[Shot]]


def statistics(meter: Meter | None = None) -> tuple[str, list[Headline]]:
    """The page and its headlines."""
    alarms = {name: false_alarms(world) for name, world in WORLDS.items()}
    power = shown(paired(0.5), DRAWS)
    covered = {name: coverage(*design) for name, design in COVERED.items()}
    recovered = [shown(both, DRAWS) for both in (alike(True), alike(False))]
    kept = [shown(nested(by_prompt), DRAWS) for by_prompt in (True, False)]
    failing = {name: gate_alarms(world) for name, world in WORLDS.items()}
    edge = {n: gates.failed(n, gates.MARGIN_SD, 1, DRAWS) for n in gates.EDGE}
    caught = {key: gates.failed(key[0], 2 * gates.MARGIN_SD, key[1], GATES) for key in gates.POWER}
    text = page(
        "Statistics of `lightmeter compare` and `gate`",
        f"Made values with known truth; seed {SEED} and the number of the draw make every one of them.",
        section("No difference: random splits", _ALARMS, _alarm_table(alarms)),
        section("A real difference", _POWER.format(share(power, DRAWS))),
        section("95 % intervals that hold the truth", _COVERAGE, _coverage_table(covered)),
        section(
            "Pairing", _PAIRING, _rates(("paired by prompt and seed", "the same images unpaired"), recovered)
        ),
        section("Prompts", _PROMPTS, _rates(("prompts as units", "images as units (naive)"), kept)),
        section("Gate: no difference", gates.ALARMS.format(RUBRIC), gates.alarm_table(failing, SPLITS)),
        section("Gate: worse", gates.MARGINS, gates.margin_table(edge, caught, (DRAWS, GATES))),
    )
    worst = max(alarms.values())
    least, most = min(covered.values()), max(covered.values())
    return text, [
        Headline(
            f"false better/worse, runs of {SPLITS}, worst of {len(alarms)}", share(worst, SPLITS), "<= 5 %"
        ),
        Headline("power, 64 pairs, 0.5 sd", share(power, DRAWS), ">= 90 %"),
        Headline(
            "coverage of 95 % intervals",
            f"{100 * least / DRAWS:.1f} to {100 * most / DRAWS:.1f} %",
            "93-97 %",
        ),
        Headline(
            f"false gate failures, {SPLITS} splits without margin, worst of {len(failing)}",
            share(max(failing.values()), SPLITS),
            "<= 5 %",
        ),
        Headline(
            "gate, 400 pairs, 14 questions, twice the margin: fails",
            share(caught[400, 14], GATES),
            ">= 80 %",
        ),
    ]


_ALARMS = (
    f"{SPLITS} random splits of alike images into two variants, judged by all criteria of `{RUBRIC}`: "
    "how many tables hold even one `better` or `worse`. At most 5 % should."
)
_POWER = "64 pairs, shifted by 0.5 standard deviations of their differences, one criterion: shown in {}."
_COVERAGE = f"{DRAWS} draws each, true difference known. From 30 units BCa, below Student's t."
_PAIRING = "40 pairs with four fifths of their variance in common, shifted by 0.5 sd of single images."
_PROMPTS = "No difference; 12 prompts of 6 images in each variant, half of the variance between prompts."


def pool(rng: Rng, prompts: int, each: int, between: float) -> np.ndarray:
    """(prompts, each) standard normal values, a share `between` of their variance common to a prompt."""
    common = rng.normal(size=(prompts, 1))
    return np.sqrt(between) * common + np.sqrt(1 - between) * rng.normal(size=(prompts, each))


def shots(values: np.ndarray, name: str, seeds: bool = True) -> list[Shot]:
    """Rows are prompts, columns are seeds; without a name, no prompt is known."""
    return [
        Shot(float(v), f"{name} {i}" if name else None, j if seeds else None)
        for i, row in enumerate(values)
        for j, v in enumerate(row)
    ]


def paired(shift: float, n: int = 64, skewed: bool = False) -> Callable[[Rng], Arms]:
    """n pairs whose differences have sd 1 and mean `shift`."""

    def draw(rng: Rng) -> Arms:
        noise = rng.exponential(size=(n, 1)) - 1 if skewed else rng.normal(size=(n, 1))
        base = rng.normal(size=(n, 1))
        return shots(base + noise + shift, "a"), shots(base, "a")

    return draw


def unpaired(shift: float, first: int, second: int, skewed: bool = False) -> Callable[[Rng], Arms]:
    """Independent images; the variant spreads twice as wide."""

    def draw(rng: Rng) -> Arms:
        law = (
            (lambda size: rng.exponential(size=size) - 1) if skewed else (lambda size: rng.normal(size=size))
        )
        return shots(2 * law((first, 1)) + shift, ""), shots(law((second, 1)), "")

    return draw


def clusters(shift: float, prompts: int, crossed: bool) -> Callable[[Rng], Arms]:
    """4 images of each prompt; half of the variance is the prompt's. crossed: both arms have all prompts, and
    these answer differently to the variant."""

    def draw(rng: Rng) -> Arms:
        first, second = (pool(rng, prompts, 4, 0.5) for _ in range(2))
        return shots(first + shift, "a"), shots(second, "a" if crossed else "b")

    return draw


def alike(known: bool) -> Callable[[Rng], Arms]:
    """40 pairs with 0.8 of their variance in common, 0.5 apart; known: whether their seeds are."""

    def draw(rng: Rng) -> Arms:
        both = pool(rng, 40, 2, 0.8)
        return tuple(shots(both[:, i : i + 1] + 0.5 * (i == 0), "a" if known else "") for i in (0, 1))

    return draw


def nested(known: bool) -> Callable[[Rng], Arms]:
    """12 prompts of 6 images in each arm, no difference; known: whether the prompts are."""

    def draw(rng: Rng) -> Arms:
        return tuple(shots(pool(rng, 12, 6, 0.5), name if known else "") for name in "ab")

    return draw


COVERED: dict[str, tuple[Callable[[Rng], Arms], float]] = {
    "64 pairs, normal": (paired(0.5), 0.5),
    "64 pairs, exponential": (paired(0.5, skewed=True), 0.5),
    "8 pairs, normal": (paired(0.5, 8), 0.5),
    "20 pairs, normal": (paired(0.5, 20), 0.5),
    "40 and 40 images, one twice as wide": (unpaired(0.5, 40, 40), 0.5),
    "100 and 50 images, exponential": (unpaired(0.5, 100, 50, skewed=True), 0.5),
    "10 and 10 images": (unpaired(0.5, 10, 10), 0.5),
    "40 prompts of 4 in both": (clusters(0.5, 40, crossed=True), 0.5),
    "12 prompts of 4 in both": (clusters(0.5, 12, crossed=True), 0.5),
    "32 prompts of 4 in each": (clusters(0.5, 32, crossed=False), 0.5),
}


def samples(draw: Callable[[Rng], Arms], draws: int) -> Iterator[Sample]:
    """One criterion of `draws` made comparisons."""
    for i in range(draws):
        yield sample(*draw(np.random.default_rng([SEED, i])))


def shown(draw: Callable[[Rng], Arms], draws: int) -> int:
    """In how many a difference is shown, before correction."""
    found = (significance(each).p for each in samples(draw, draws))
    return sum(p is not None and p <= LEVEL for p in found)


def coverage(draw: Callable[[Rng], Arms], truth: float, draws: int = DRAWS) -> int:
    """How many intervals hold the truth."""
    found = (contrast(each) for each in samples(draw, draws))
    return sum(each.low <= truth <= each.high for each in found)


Split = Callable[[Rng], list[tuple[str, str | None, int | None, int]]]
"""For each image: variant, prompt, seed, and the number of its prompt's common part."""


def split_images(rng: Rng) -> list[tuple[str, str | None, int | None, int]]:
    """80 images without prompts, halved."""
    arms = rng.permutation(["a", "b"] * 40)
    return [(str(arm), None, None, i) for i, arm in enumerate(arms)]


def split_pairs(rng: Rng) -> list[tuple[str, str | None, int | None, int]]:
    """48 prompts and seeds, each made twice; which of the two is whose is chance."""
    return [(arm, f"prompt {i}", i, i) for i in range(48) for arm in rng.permutation(["a", "b"]).tolist()]


def split_prompts(rng: Rng) -> list[tuple[str, str | None, int | None, int]]:
    """24 prompts of 4 images; whole prompts go to a variant."""
    arms = rng.permutation(["a", "b"] * 12)
    return [(str(arms[i]), f"prompt {i}", s, i) for i in range(24) for s in range(4)]


def split_crossed(rng: Rng) -> list[tuple[str, str | None, int | None, int]]:
    """12 prompts of 8 images without seeds, halved within each prompt."""
    return [
        (arm, f"prompt {i}", None, i) for i in range(12) for arm in rng.permutation(["a", "b"] * 4).tolist()
    ]


WORLDS: dict[str, Split] = {
    "80 images, no prompts": split_images,
    "48 pairs of prompt and seed": split_pairs,
    "24 prompts of 4 images, whole prompts split": split_prompts,
    "12 prompts of 8 images, each split": split_crossed,
}


def false_alarms(split: Split, splits: int = SPLITS) -> int:
    """Tables with any better or worse where there is no difference."""
    rubric = load_rubric(RUBRIC)
    return sum(_alarmed(compared([made(split, rubric, i)], "a", rubric).rows) for i in range(splits))


def gate_alarms(split: Split, splits: int = SPLITS) -> int:
    """Gates that fail where there is no difference."""
    rubric = load_rubric(RUBRIC)
    return sum(gates.alarmed(made(split, rubric, i), rubric, gates.SHARP) for i in range(splits))


def _alarmed(rows: Sequence) -> bool:
    return any(row.verdict in ("better", "worse") for row in rows)


def made(split: Split, rubric: Rubric, number: int) -> Recorded:
    """A run of made values: about each criterion's nearest pass edge, correlated, 1 in 20 not measured."""
    rng = np.random.default_rng([SEED, number])
    images = split(rng)
    common = rng.normal(size=(max(image[3] for image in images) + 1, len(rubric.criteria)))
    shared = rng.normal(size=(len(images), 1))
    values = 0.6 * common[[image[3] for image in images]] + 0.3 * shared
    values = values + 0.7 * rng.normal(size=values.shape)
    records = [ImageRecord(f"{i}.png", "", "measured", v, p, s) for i, (v, p, s, _) in enumerate(images)]
    readings = []
    for j, (name, wanted) in enumerate(asks(rubric).items()):
        low, high = rubric.criteria[name].pass_
        edge = low if low is not None else high
        scale = 0.3 * (high - low if None not in (low, high) and high > low else abs(edge) or 1.0)
        for record, value in zip(records, values[:, j], strict=True):
            reading = Reading(record.image, wanted, "", edge + scale * float(value), "")
            lost = rng.random() < 0.05
            readings.append(replace(reading, value=None, reason="made so") if lost else reading)
    return Recorded("made", tuple(records), tuple(readings))


def _alarm_table(alarms: dict[str, int]) -> str:
    return table(["split", "tables with a false answer"], [[n, share(k, SPLITS)] for n, k in alarms.items()])


def _coverage_table(covered: dict[str, int]) -> str:
    return table(["design", "hold the truth"], [[n, f"{100 * k / DRAWS:.1f} %"] for n, k in covered.items()])


def _rates(names: tuple[str, str], counts: list[int]) -> str:
    rows = [[name, share(count, DRAWS)] for name, count in zip(names, counts, strict=True)]
    return table(["test", "difference shown"], rows)
