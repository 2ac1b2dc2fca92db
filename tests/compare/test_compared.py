from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from lightmeter.compare.compared import chance_of_shares, compared
from lightmeter.compare.recorded import Recorded
from lightmeter.errors import SourceError
from lightmeter.judge.model import Criterion, Rubric
from lightmeter.measure.records import Reading, Wanted

Recording = Callable[..., Recorded]
Given = tuple[str, str | None, int | None, float | None]


def arm(variant: str, mean: float, n: int = 60, spread: float = 0.5, seed: int = 0) -> Iterator[Given]:
    rng = np.random.default_rng([seed, *variant.encode()])
    for i in range(n):
        yield variant, f"prompt {i}", i, float(mean + spread * rng.normal())


def rubric(measure: str, low: float | None, high: float | None) -> Rubric:
    criterion = Criterion.model_validate({"measure": measure, "pass": [low, high], "why": "test"})
    return Rubric(name="r", title="R", source="s", criteria={"light": criterion})


def verdicts(run: Recorded, judged: Rubric | None = None) -> dict[str, str]:
    return {row.variant: row.verdict for row in compared([run], "plain", judged).rows}


def test_without_a_rubric_a_value_is_higher_or_lower(recorded: Recording) -> None:
    given = [*arm("plain", 2), *arm("more", 3), *arm("less", 1), *arm("same", 2)]
    found = verdicts(recorded(face_contrast=given))
    assert found == {"less": "lower", "more": "higher", "same": "no difference shown"}


def test_a_rubric_says_which_way_is_better(recorded: Recording) -> None:
    run = recorded(face_contrast=[*arm("plain", 2), *arm("more", 3), *arm("less", 1)])
    assert verdicts(run, rubric("face_contrast", 3.0, None)) == {"less": "worse", "more": "better"}
    assert verdicts(run, rubric("face_contrast", None, 1.0)) == {"less": "better", "more": "worse"}


def test_what_passes_either_way_is_no_better(recorded: Recording) -> None:
    run = recorded(face_contrast=[*arm("plain", 2), *arm("more", 3)])
    row = compared([run], "plain", rubric("face_contrast", -9.0, 9.0)).rows[0]
    assert row.verdict == "no difference shown"
    assert row.contrast.difference == pytest.approx(1.0, abs=0.3)
    assert row.contrast.low > 0  # the values differ, and are told to; both are as good


def test_three_images_are_too_few(recorded: Recording) -> None:
    row = compared([recorded(face_contrast=[*arm("plain", 2, 3), *arm("more", 2.1, 3)])], "plain").rows[0]
    assert row.verdict == "too few images"
    assert row.contrast.needed > 0


def test_unmeasured_is_left_out_counted_and_told(recorded: Recording) -> None:
    gone = [(v, p, s, None if s % 2 else x) for v, p, s, x in arm("gone", 2)]
    row = compared([recorded(face_contrast=[*arm("plain", 2), *gone])], "plain").rows[0]
    assert (row.n, row.count, row.n_baseline, row.pairs) == (30, 60, 60, 30)
    assert row.mean == pytest.approx(2, abs=0.3)
    assert "less often (30 of 60 images, baseline 60 of 60)" in row.notes[0]


def test_a_measurement_that_a_variant_never_has_is_too_few(recorded: Recording) -> None:
    gone = [(v, p, s, None) for v, p, s, _ in arm("gone", 2)]
    row = compared([recorded(face_contrast=[*arm("plain", 2), *gone])], "plain").rows[0]
    assert (row.verdict, row.contrast.difference, row.p, row.n) == ("too few images", None, None, 0)


def test_azimuths_differ_the_short_way(recorded: Recording) -> None:
    def around(variant: str, middle: float) -> list[Given]:
        return [(v, p, s, (x + 180) % 360 - 180) for v, p, s, x in arm(variant, middle, spread=8.0)]

    run = recorded("deg", key_azimuth=[*around("plain", 175), *around("turned", -170)])
    row = compared([run], "plain").rows[0]
    assert row.contrast.difference == pytest.approx(15, abs=4)
    assert row.verdict == "higher"


def test_runs_of_one_folder_name_are_told_apart_by_their_own(recorded: Recording) -> None:
    before, after = (recorded(face_contrast=arm("portraits", mean)) for mean in (2, 3))
    named = [Recorded(name, run.images, run.readings) for name, run in (("a/old", before), ("b/new", after))]
    assert [row.variant for row in compared(named, "old").rows] == ["new"]


def test_runs_with_different_variants_are_joined(recorded: Recording) -> None:
    runs = [recorded(face_contrast=arm(name, 2)) for name in ("plain", "warm", "cool")]
    assert compared(runs, "plain").counts == {"cool": 60, "plain": 60, "warm": 60}


def test_p_is_corrected_over_the_whole_table(recorded: Recording) -> None:
    run = recorded(a=[*arm("plain", 0), *arm("x", 0.2)], b=[*arm("plain", 0), *arm("x", 0.3)])
    found = compared([run], "plain").rows
    assert min(row.p_adjusted for row in found) == pytest.approx(2 * min(row.p for row in found))


def test_the_same_twice(recorded: Recording) -> None:
    run = recorded(face_contrast=[*arm("plain", 2), *arm("x", 2.2)])
    assert compared([run], "plain") == compared([run], "plain")


@pytest.mark.parametrize(
    ("baseline", "says"),
    [("plane", "did you mean 'plain'?; there are 'plain', 'x'"), ("", "no variant ''")],
)
def test_an_unknown_baseline_is_refused(recorded: Recording, baseline: str, says: str) -> None:
    with pytest.raises(SourceError) as refusal:
        compared([recorded(face_contrast=[*arm("plain", 2), *arm("x", 2)])], baseline)
    assert says in str(refusal.value)


def test_nothing_to_compare_is_refused(recorded: Recording) -> None:
    with pytest.raises(SourceError, match="the only variant"):
        compared([recorded(face_contrast=arm("plain", 2))], "plain")
    run = recorded(face_contrast=[*arm("plain", 2), *arm("x", 2)])
    with pytest.raises(SourceError, match="'r' asks"):
        compared([run], "plain", rubric("skin_texture", 0, 1))


def test_two_units_of_one_measurement_are_refused(recorded: Recording) -> None:
    first, second = recorded(m=arm("plain", 2)), recorded("deg", m=arm("x", 2))
    with pytest.raises(SourceError, match="'deg' here and in 'stop'"):
        compared([first, second], "plain")


def test_parameters_are_apart(recorded: Recording) -> None:
    run = recorded(chroma_purity=[*arm("plain", 2), *arm("x", 2)])
    other = tuple(
        Reading(r.image, Wanted.of("chroma_purity", {"key_colour": "#ff0080"}), r.unit, 0.5, "")
        for r in run.readings
    )
    rows = compared([Recorded("r", run.images, run.readings + other)], "plain").rows
    assert [row.parameters for row in rows] == ["", '{"key_colour": "#ff0080"}']


def test_fisher_by_hand() -> None:
    """3 of 3 against 0 of 3: 2 of the 20 ways to place three are as far out."""
    assert chance_of_shares((3, 0), (3, 3)) == pytest.approx(0.1)
    assert chance_of_shares((3, 3), (3, 3)) == pytest.approx(1.0)
