"""face_contrast on faces of known tones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.face_contrast import face_contrast, lit_and_shadowed, shading
from lightmeter.see.facets import Facets
from lightmeter.see.regions import FaceMesh

Build = Callable[..., Facets]
WIDTH = 100.0


@pytest.fixture
def apart(facets_of: Build) -> Build:
    """`facets_of` with half a face width between neighbours, which is ten reaches: nothing is smoothed."""

    def build(luminance: Tensor, **rest: object) -> Facets:
        centre = torch.stack((WIDTH / 2 * torch.arange(len(luminance)), torch.zeros(len(luminance))), dim=1)
        return facets_of(luminance, centre=centre, width=WIDTH, **rest)

    return build


@pytest.fixture
def grid() -> Tensor:
    """(1271, 2) facet centres 0.025 face widths apart over a face 1 wide and 0.75 high."""
    y, x = torch.meshgrid(torch.arange(31) * 2.5, torch.arange(41) * 2.5, indexing="ij")
    return torch.stack((x.flatten(), y.flatten()), dim=1)


def stops(facets: Facets) -> float:
    return float(face_contrast(facets).value)


def test_half_at_one_and_half_at_a_quarter_is_two_stops(apart: Build) -> None:
    # The 90th percentile lies in the bright half, the 10th in the dark one: log2(1 / 0.25) = 2.
    assert stops(apart(torch.tensor([1.0, 0.25]).repeat(50))) == pytest.approx(2, abs=1e-5)


def test_flat_light_is_zero(apart: Build) -> None:
    assert stops(apart(torch.full((80,), 0.4))) == 0


def test_a_ramp_of_logs_spans_eight_tenths_of_it(apart: Build) -> None:
    # log2 luminance even over 0..5 stops: from the 10th to the 90th percentile it is 0.8 x 5 = 4.
    assert stops(apart(torch.exp2(-torch.linspace(0, 5, 101)))) == pytest.approx(4, abs=0.06)


def test_counts_by_area_shown(apart: Build) -> None:
    bright = torch.tensor([1.0] * 50 + [0.25] * 50)
    small = torch.tensor([1.0] * 50 + [0.05] * 50)  # the dark half shows under 5 % of the skin
    assert stops(apart(bright, skin=small)) == 0


def test_lips_and_eyes_do_not_count(apart: Build) -> None:
    bright, skin = torch.full((100,), 0.5), torch.ones(100)
    bright[:30], skin[:30] = 0.001, 0.0
    assert stops(apart(bright, skin=skin)) == 0


def test_neither_exposure_nor_skin_tone_nor_mirror_matters(apart: Build) -> None:
    bright = torch.rand(200, generator=torch.Generator().manual_seed(0)) + 0.1
    expected = stops(apart(bright))
    assert stops(apart(0.25 * bright)) == pytest.approx(expected, abs=1e-5)
    assert stops(apart(bright, tint=(0.4, 0.2, 0.1))) == pytest.approx(expected, abs=1e-5)
    assert stops(apart(bright.flip(0))) == pytest.approx(expected, abs=1e-5)


def test_rises_with_the_depth_of_the_shadow(apart: Build) -> None:
    found = [stops(apart(torch.tensor([1.0, 2.0**-depth]).repeat(50))) for depth in range(8)]
    assert found == pytest.approx(list(range(8)), abs=1e-4)


def test_black_is_bounded(apart: Build) -> None:
    # Luminance is floored at 1e-5: log2(1e5) = 16.6 is out of reach of 8-bit codes, whose first is 3e-4.
    assert stops(apart(torch.tensor([1.0, 0.0003]).repeat(50))) == pytest.approx(11.7, abs=0.05)


def test_not_measured_without_a_face(apart: Build, no_facets: Facets) -> None:
    assert face_contrast(no_facets).reasons() == ["no face"]
    both = replace(
        no_facets,
        **{
            name: torch.cat((getattr(no_facets, name), getattr(apart(torch.ones(9)), name)))
            for name in ("linear", "normal", "centre", "skin", "clipped", "width")
        },
        refusals=(replace(no_facets.refusals[0], when=torch.tensor([True, False])),),
    )
    assert face_contrast(both).reasons() == ["no face", ""], "a neighbour without a face is no matter"


def test_freckles_and_glints_do_not_count(facets_of: Build, grid: Tensor) -> None:
    # One facet in ten at half a stop under or over the rest. A Gaussian of 0.05 face widths averages
    # 4 pi (0.05 / 0.025)^2 = 50 facets, so that what is left is a sixth of their spread or so.
    chosen = torch.rand(len(grid), generator=torch.Generator().manual_seed(3))
    spots = torch.where(chosen < 0.1, -0.5, torch.where(chosen > 0.9, 0.5, 0.0))
    assert stops(facets_of(0.3 * torch.exp2(spots), centre=grid, width=WIDTH)) < 0.25


def test_a_cast_shadow_counts_in_full(facets_of: Build, grid: Tensor) -> None:
    bright = torch.where(grid[:, 0] < 40, 0.4, 0.4 / 2**2.5)
    assert stops(facets_of(bright, centre=grid, width=WIDTH)) == pytest.approx(2.5, abs=0.01)


def test_size_does_not_matter(facets_of: Build, grid: Tensor) -> None:
    bright = torch.rand(len(grid), generator=torch.Generator().manual_seed(4)) + 0.1
    expected = stops(facets_of(bright, centre=grid, width=WIDTH))
    moved = facets_of(bright, centre=3 * grid + 400, width=3 * WIDTH)
    assert stops(moved) == pytest.approx(expected, abs=1e-3)


def test_skin_two_stops_darker_under_flat_light_reads_the_same(facets_of: Build, grid: Tensor) -> None:
    # Light that varies by 0.4 stops over the face, on an albedo of 0.4 and of 0.1.
    light = torch.exp2(0.4 * torch.sin(grid[:, 0] / 30))
    fair, dark = (stops(facets_of(albedo * light, centre=grid, width=WIDTH)) for albedo in (0.4, 0.1))
    assert dark == pytest.approx(fair, abs=1e-4)


def test_a_power_tone_curve_scales_it(facets_of: Build, grid: Tensor) -> None:
    bright = torch.exp2(-grid[:, 0] / 40)
    plain, curved = (stops(facets_of(bright**power, centre=grid, width=WIDTH)) for power in (1.0, 1.2))
    assert curved == pytest.approx(1.2 * plain, abs=1e-3)


def test_smoothing_weighs_by_skin(facets_of: Build) -> None:
    # Two facets in one place: their shading is the mean of their logs under their weights, (3 x 0 - 4) / 4.
    pair = facets_of(torch.tensor([1.0, 2.0**-4]), skin=torch.tensor([3.0, 1.0]))
    assert shading(pair)[0].tolist() == pytest.approx([-1.0, -1.0], abs=1e-5)


def test_marks_are_the_tenths_at_either_end(facets_of: Build, astronaut_face: FaceMesh) -> None:
    count = 852
    centre = torch.stack((5.0 * torch.arange(count), torch.zeros(count)), dim=1)
    falling = facets_of(torch.exp2(-torch.linspace(0, 4, count)), centre=centre, width=1.0)
    marks = lit_and_shadowed(falling, astronaut_face).paths
    bright, dark = (
        marks[f"{end} tenth"][0, :, 0, 0].isfinite().nonzero() for end in ("brightest", "darkest")
    )
    assert len(bright) == pytest.approx(85, abs=1)
    assert len(dark) == pytest.approx(85, abs=1)
    assert int(bright.max()) < int(dark.min())
