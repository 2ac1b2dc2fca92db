"""The decorator, what measurements return, and how they are found."""

from __future__ import annotations

import pytest
import torch

from lightmeter.measure import registry
from lightmeter.measure.registry import Measurement, PerImage, measurement, measurements
from lightmeter.see.provide import Refusal


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch) -> dict[str, Measurement]:
    """A registry of its own for the test."""
    found: dict[str, Measurement] = {}
    monkeypatch.setattr(registry, "_MEASUREMENTS", found)
    return found


def test_registers_under_the_functions_name_with_its_parameters_as_inputs(
    empty: dict[str, Measurement],
) -> None:
    @measurement(unit="stop", bounds=(0.0, 1.0), source="here", tolerance=0.1, mirror="negated")
    def brightness(linear: torch.Tensor, face: object) -> PerImage:
        """How bright.

        And more.
        """
        return PerImage(linear.mean((1, 2, 3)))

    found = empty["brightness"]
    assert found.inputs == ("linear", "face")
    assert (found.exposure, found.mirror, found.rescale) == ("same", "negated", "same")
    assert found.summary == "How bright."
    assert found.function is brightness, "a plain function stays callable as it was"


def test_refuses_a_second_measurement_of_one_name(empty: dict[str, Measurement]) -> None:
    def twice(linear: torch.Tensor) -> PerImage:
        return PerImage(linear)

    register = measurement(unit="stop", bounds=(0.0, 1.0), source="here", tolerance=0.1)
    register(twice)
    with pytest.raises(ValueError, match="'twice'"):
        register(twice)


def test_finds_every_family_and_sorts_by_name() -> None:
    names = list(measurements())
    assert names == sorted(names)
    assert {each.family for each in measurements().values()} >= {"light", "skin", "background", "frame"}


def test_the_list_is_a_copy_by_value() -> None:
    assert measurements() == measurements()
    assert all(each.name == name for name, each in measurements().items())


def test_the_first_refusal_is_the_reason() -> None:
    result = PerImage(
        torch.tensor([1.0, torch.nan, 3.0]), (Refusal(torch.tensor([False, True, False]), "no face"),)
    )
    late = result.unless(
        torch.tensor([False, True, True]), "face is {:.0f} px wide", torch.tensor([9.0, 9.0, 41.4])
    )
    assert late.reasons() == ["", "no face", "face is 41 px wide"]
    assert late.value.isnan().tolist() == [False, True, True]
    assert result.value[2] == 3, "the first result is as it was"


def test_a_value_that_is_not_finite_is_never_without_a_reason() -> None:
    assert PerImage(torch.tensor([torch.inf, 2.0])).reasons() == ["no finite value", ""]
