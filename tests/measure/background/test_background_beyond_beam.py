"""background_beyond_beam of dark backdrops with and without haze of known width before them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from beams import Beam as Recipe

from lightmeter.measure.background.backdrop import Backdrop, backdrop
from lightmeter.measure.background.background_beyond_beam import background_beyond_beam, haze_left_out
from lightmeter.measure.light.beam import Beam, beam
from lightmeter.see.facets import mesh_facets
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import FaceMesh, Matte

Look = Callable[..., tuple[Backdrop, Beam]]
SIZE = (438, 350)
DARK = 0.002


@pytest.fixture(scope="module")
def hazy(astronaut_face: FaceMesh) -> Look:
    """`hazy(haze, ...)`: a lit grey face before a backdrop of 0.002, and a beam at -40 degrees through the
    air before it that adds `haze`. Backdrop is what lies over 0.9 face widths from the face's middle."""
    middle = astronaut_face.points[0, [10, 152, 234, 454], :2].mean(0).tolist()
    width = float(astronaut_face.width)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    away = np.hypot(x - middle[0], y - middle[1]) > 0.9 * width
    far = torch.from_numpy(away).float()[None, None]
    air = Recipe(-40.0, (middle[0], middle[1]), width, width=0.6, edge=0.3).mask(*SIZE)

    def build(haze: float, dirt: float = 0.0, mirrored: bool = False) -> tuple[Backdrop, Beam]:
        light = np.where(away, DARK + haze * air, 0.4)
        light[-100:, :100] += dirt
        linear = torch.from_numpy(light.astype(np.float32)).expand(1, 3, -1, -1)
        seen = backdrop(linear.flip(3), Matte(far.flip(3))) if mirrored else backdrop(linear, Matte(far))
        facets = mesh_facets(linear, astronaut_face)
        nothing = Matte(torch.zeros_like(far))
        return seen, beam(linear, astronaut_face, facets, Matte(1 - far), nothing, seen)

    return build


def test_haze_is_left_out_of_a_black_backdrop(hazy: Look) -> None:
    # The backdrop is 0.002 where the mask is 0; what is left in lies under a stop over it: below 0.004, and
    # the floor of the logarithm, 1 % of lit skin at 0.4, lets 0.004 more stay in.
    backdrop, beam = hazy(0.06)
    assert beam.hazy.all()
    level = float(background_beyond_beam(backdrop, beam).value)
    assert DARK - 1e-4 <= level < 0.009
    assert float(backdrop.linear[:, 0].max()) > 0.05


def test_without_haze_the_whole_backdrop_counts(hazy: Look) -> None:
    backdrop, beam = hazy(0.0)
    assert not beam.hazy.any()
    assert float(background_beyond_beam(backdrop, beam).value) == pytest.approx(DARK, abs=1e-4)
    drawn = haze_left_out(backdrop, beam).areas["backdrop beyond the beam"]
    assert float(drawn.mean()) == pytest.approx(float((backdrop.share > 0.5).float().mean()), abs=0.01)


def test_dirt_beyond_the_beam_counts(hazy: Look) -> None:
    # 100 x 100 of the frame's 153 300 pixels, at the lower left, off the beam from top left to lower right:
    # over 5 % of what haze leaves of the backdrop, and as bright as the haze.
    levels = [float(background_beyond_beam(*hazy(0.06, dirt)).value) for dirt in (0.0, 0.02, 0.05)]
    assert levels == sorted(levels)
    # The faint rim of the haze, below 0.009 + 0.002, lies over it.
    assert DARK + 0.049 < levels[2] < DARK + 0.061


def test_more_haze_does_not_matter(hazy: Look) -> None:
    one, other = (float(background_beyond_beam(*hazy(haze)).value) for haze in (0.06, 0.12))
    assert other == pytest.approx(one, abs=0.004)


def test_a_mirror_of_a_backdrop_without_haze_does_not_matter(hazy: Look) -> None:
    one, other = (background_beyond_beam(*hazy(0.0, 0.05, mirrored)).value for mirrored in (False, True))
    torch.testing.assert_close(one, other, atol=1e-4, rtol=0)


def test_not_measured_without_a_backdrop(hazy: Look) -> None:
    _, beam = hazy(0.0)
    unseen = Refusal(torch.tensor([True]), "no backdrop")
    none = backdrop(torch.full((1, 3, *SIZE), 0.4), Matte(torch.zeros(1, 1, *SIZE), (unseen,)))
    found = background_beyond_beam(none, beam)
    assert found.value.isnan().all()
    assert found.reasons() == ["no backdrop"]


def test_not_measured_where_all_that_shows_is_hazy(hazy: Look) -> None:
    backdrop_, beam = hazy(0.06)
    lit = (backdrop_.linear[:, :1] > 0.05).float()
    found = background_beyond_beam(replace(backdrop_, share=backdrop_.share * lit), beam)
    assert "haze" in found.reasons()[0]
