"""face_contrast on faces of two tones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from lightmeter.measure.light.face_contrast import face_contrast
from lightmeter.see.facets import Facets

Build = Callable[..., Facets]


def stops(facets: Facets) -> float:
    return float(face_contrast(facets).value)


def test_half_at_one_and_half_at_a_quarter_is_two_stops(facets_of: Build) -> None:
    # The 90th percentile lies in the bright half, the 10th in the dark one: log2(1 / 0.25) = 2.
    assert stops(facets_of(torch.tensor([1.0, 0.25]).repeat(50))) == pytest.approx(2, abs=1e-5)


def test_flat_light_is_zero(facets_of: Build) -> None:
    assert stops(facets_of(torch.full((80,), 0.4))) == 0


def test_a_ramp_of_logs_spans_eight_tenths_of_it(facets_of: Build) -> None:
    # log2 luminance even over 0..5 stops: from the 10th to the 90th percentile it is 0.8 x 5 = 4.
    assert stops(facets_of(torch.exp2(-torch.linspace(0, 5, 1001)))) == pytest.approx(4, abs=0.02)


def test_counts_by_area_shown(facets_of: Build) -> None:
    bright = torch.tensor([1.0] * 50 + [0.25] * 50)
    small = torch.tensor([1.0] * 50 + [0.05] * 50)  # the dark half shows under 5 % of the skin
    assert stops(facets_of(bright, skin=small)) == 0


def test_lips_and_eyes_do_not_count(facets_of: Build) -> None:
    bright, skin = torch.full((100,), 0.5), torch.ones(100)
    bright[:30], skin[:30] = 0.001, 0.0
    assert stops(facets_of(bright, skin=skin)) == 0


def test_neither_exposure_nor_skin_tone_nor_mirror_matters(facets_of: Build) -> None:
    bright = torch.rand(200, generator=torch.Generator().manual_seed(0)) + 0.1
    expected = stops(facets_of(bright))
    assert stops(facets_of(0.25 * bright)) == pytest.approx(expected, abs=1e-5)
    assert stops(facets_of(bright, tint=(0.4, 0.2, 0.1))) == pytest.approx(expected, abs=1e-5)
    assert stops(facets_of(bright.flip(0))) == expected


def test_rises_with_the_depth_of_the_shadow(facets_of: Build) -> None:
    found = [stops(facets_of(torch.tensor([1.0, 2.0**-depth]).repeat(50))) for depth in range(8)]
    assert found == pytest.approx(list(range(8)), abs=1e-4)


def test_black_is_bounded(facets_of: Build) -> None:
    # Luminance is floored at 1e-5: log2(1e5) = 16.6 is out of reach of 8-bit codes, whose first is 3e-4.
    assert stops(facets_of(torch.tensor([1.0, 0.0003]).repeat(50))) == pytest.approx(11.7, abs=0.05)


def test_not_measured_without_a_face(facets_of: Build, no_facets: Facets) -> None:
    assert face_contrast(no_facets).reasons() == ["no face"]
    both = replace(
        no_facets,
        **{
            name: torch.cat((getattr(no_facets, name), getattr(facets_of(torch.ones(9)), name)))
            for name in ("linear", "normal", "centre", "skin", "clipped", "width")
        },
        refusals=(replace(no_facets.refusals[0], when=torch.tensor([True, False])),),
    )
    assert face_contrast(both).reasons() == ["no face", ""], "a neighbour without a face is no matter"
