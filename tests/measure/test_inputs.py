"""The graph of names below a measurement."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightmeter.measure.inputs import ROOTS, functions_of, needs, needs_of, parameters_of, unasked
from lightmeter.measure.registry import Measurement, PerImage, measurements
from lightmeter.see import provide
from lightmeter.see.provide import Refusal, inputs_of, providers, provides


def blend(linear: Tensor, key_lab: Tensor, strength: float, softness: float = 0.5) -> PerImage:
    raise NotImplementedError


MEASURED = Measurement(
    "blend", "ratio", (0.0, 1.0), "here", blend, inputs_of(blend), "same", "same", "same", 0.1
)


def test_a_root_needs_itself_and_a_provider_all_below_it() -> None:
    assert needs("linear") == {"linear"}
    assert needs("facts") == {"facts", "pictures", "linear"}
    assert needs("backdrop") >= {"backdrop", "background", "subject", "encoded", "linear", "pictures"}


def test_every_input_ends_in_roots_and_parameters() -> None:
    for measured in measurements().values():
        leaves = {name for name in needs_of(measured) if name not in providers()}
        assert leaves <= ROOTS | set(parameters_of(measured)), measured.name


def test_parameters_are_found_through_providers() -> None:
    assert parameters_of(MEASURED) == {"key_colour": True, "strength": True, "softness": False}


def test_functions_are_the_measurements_and_its_providers() -> None:
    assert functions_of(MEASURED) == [blend, providers()["key_lab"]]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"key_colour": "#fff000", "strength": 1}, ""),
        ({"strength": 1}, "no key_colour was asked for: give --with key_colour=..."),
        ({}, "no strength or key_colour was asked for: give --with strength=... --with key_colour=..."),
    ],
)
def test_what_was_not_asked_for_is_named(given: dict[str, str | int], reason: str) -> None:
    assert unasked(MEASURED, given) == reason


def test_two_providers_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provide, "_PROVIDERS", {})

    def shade(linear: Tensor) -> Tensor:
        return linear

    provides(shade)
    with pytest.raises(ValueError, match="'shade'"):
        provides(shade)


def test_a_refusal_fills_in_its_figure() -> None:
    refused = Refusal(torch.tensor([True]), "{:.1f} % of the frame", torch.tensor([1.26]))
    assert refused.text(0) == "1.3 % of the frame"
    assert Refusal(torch.tensor([True]), "no {face}").text(0) == "no {face}"
