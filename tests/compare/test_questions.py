from __future__ import annotations

from lightmeter.compare.questions import recorded_for
from lightmeter.judge.model import Criterion, Rubric
from lightmeter.measure.records import Wanted


def criterion(measure: str, **parameters: str) -> Criterion:
    return Criterion(measure=measure, pass_=(0.5, None), why="w", with_=parameters)


def rubric(**criteria: Criterion) -> Rubric:
    return Rubric(name="r", title="t", source="s", criteria=criteria)


SKIN = Wanted.of("material_similarity", {"region": "skin"})
HAIR = Wanted.of("material_similarity", {"region": "hair"})
PINK = Wanted.of("chroma_purity", {"key_colour": "#ff0080"})


def test_the_set_of_parameters_that_fits_is_taken() -> None:
    asked = rubric(
        skin=criterion("material_similarity", region="skin"),
        hair=criterion("material_similarity", region="hair"),
    )
    found = [recorded_for([HAIR, SKIN], each, asked) for each in asked.criteria.values()]
    assert found == [SKIN, HAIR]


def test_what_was_given_to_the_run_stands_for_what_the_rubric_leaves_open() -> None:
    asked = rubric(chroma=criterion("chroma_purity"))
    assert recorded_for([PINK], asked.criteria["chroma"], asked) == PINK


def test_another_criterion_of_the_same_measurement_is_not_taken_for_it() -> None:
    asked = rubric(
        skin=criterion("material_similarity", region="skin"),
        hair=criterion("material_similarity", region="hair"),
    )
    assert recorded_for([SKIN], asked.criteria["hair"], asked) == HAIR
