"""Glints of drawn eyes: a dark iris on a white, lids, and the mirror images of lamps at known places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.catchlights import catchlights, catchlights_seen
from lightmeter.measure.light.eye_glints import Glints, eye_glints
from lightmeter.optics.cornea import glint_of_light, light_of_glint
from lightmeter.optics.geometry import direction
from lightmeter.see.eyes import SIDE, EyeWindows
from lightmeter.see.provide import Refusal

RADIUS = 20.0
Spot = tuple[float, float, float, float]
"""Right, up and radius in iris radii, and luminance."""


def drawn(spots: Sequence[Spot], iris: float = 0.06, white: float = 0.5, exposure: float = 1.0) -> EyeWindows:
    """Two equal eyes, looking at the camera, with skin of 0.35 around an almond between their lids."""
    at = (torch.arange(SIDE) + 0.5 - SIDE / 2) / RADIUS
    right, up = at[None].expand(SIDE, -1), -at[:, None].expand(-1, SIDE)
    radius = torch.hypot(right, up)
    opening = (up.abs() < 0.85 * (1 - (right / 2) ** 2)).float()
    eye = torch.where(radius < 1, iris, white)
    eye = torch.where(radius < 0.35, 0.1 * iris, eye)
    for x, y, size, luminance in spots:
        eye = torch.where(torch.hypot(right - x, up - y) < size, luminance, eye)
    eye = torch.where(opening > 0, eye, 0.35) * exposure
    ring = torch.tensor([SIDE / 2, SIDE / 2, RADIUS]).expand(1, 2, 3)
    return EyeWindows(
        linear=eye.expand(1, 2, 3, SIDE, SIDE),
        opening=opening.expand(1, 2, SIDE, SIDE),
        iris=ring,
        frame=ring + torch.tensor([100.0, 200.0, 0.0]),
        diameter=torch.full((1, 2), 2 * RADIUS),
    )


def counts(eyes: EyeWindows) -> list[float]:
    found: list[float] = eye_glints(eyes).count[0].tolist()
    return found


KEY: Spot = (-0.3, 0.35, 0.1, 1.0)
FILL: Spot = (0.4, 0.1, 0.1, 0.4)


@pytest.mark.parametrize(("spots", "expected"), [([], 0), ([KEY], 1), ([KEY, FILL], 2)])
def test_counts_lamps(spots: list[Spot], expected: int) -> None:
    assert counts(drawn(spots)) == [expected, expected]
    result = catchlights(eye_glints(drawn(spots)))
    assert float(result.value) == expected
    assert result.reasons() == [""]


def test_dead_eyes_are_a_count_and_not_a_gap() -> None:
    assert float(catchlights(eye_glints(drawn([]))).value) == 0


@pytest.mark.parametrize("azimuth", [-60, -30, 30, 60])
def test_a_glint_tells_the_light_that_made_it(azimuth: float) -> None:
    light = direction(torch.tensor(float(azimuth)), torch.tensor(25.0))
    x, y = glint_of_light(light).tolist()
    found = light_of_glint(eye_glints(drawn([(x, y, 0.1, 1.0)])).main[0, 0])
    # Half a window pixel is 0.025 iris radii: 2.2 degrees at the middle, twice that near the edge.
    assert float(torch.rad2deg(torch.acos((found * light).sum()))) < 4


def test_the_area_is_the_spot_s() -> None:
    area = eye_glints(drawn([(0.2, 0.2, 0.2, 1.0)])).area
    assert float(area[0, 0, 0]) == pytest.approx(0.2**2, rel=0.15)


def test_the_white_of_the_eye_is_no_glint_however_bright() -> None:
    assert counts(drawn([], white=1.0)) == [0, 0]
    assert counts(drawn([KEY], white=1.0)) == [1, 1]


def test_a_glint_on_the_white_is_none() -> None:
    assert counts(drawn([(1.25, 0.0, 0.1, 1.0)])) == [0, 0]


def test_a_light_ring_around_the_pupil_is_none() -> None:
    # Amber and pale irises: as bright as the white, with a dark pupil.
    assert counts(drawn([], iris=0.4)) == [0, 0]


def test_bars_of_a_window_do_not_make_two_lamps() -> None:
    panes: list[Spot] = [(-0.3, 0.35, 0.07, 1.0), (-0.12, 0.35, 0.07, 1.0)]
    assert counts(drawn(panes)) == [1, 1]


def test_what_is_far_dimmer_than_the_key_does_not_count() -> None:
    assert counts(drawn([KEY, (*FILL[:3], 0.5)])) == [2, 2]
    assert counts(drawn([KEY, (*FILL[:3], 0.2)])) == [1, 1]


@pytest.mark.parametrize("exposure", [0.1, 0.5, 1.0])
def test_exposure_does_not_matter(exposure: float) -> None:
    found, expected = eye_glints(drawn([KEY, FILL], exposure=exposure)), eye_glints(drawn([KEY, FILL]))
    torch.testing.assert_close(found.place, expected.place)
    torch.testing.assert_close(found.flux, expected.flux, rtol=1e-3, atol=1e-4)


def test_a_mirror_swaps_the_eyes_and_turns_the_places() -> None:
    eyes = drawn([KEY, FILL])
    mirrored = replace(eyes, linear=eyes.linear.flip(-1, 1), opening=eyes.opening.flip(-1, 1))
    found, expected = eye_glints(mirrored), eye_glints(eyes).place * torch.tensor([-1.0, 1.0])
    torch.testing.assert_close(found.place, expected.flip(1), atol=1e-5, rtol=0)


def test_a_brighter_lamp_has_more_flux() -> None:
    flux = [float(eye_glints(drawn([(*KEY[:3], level)])).flux[0, 0, 0]) for level in (0.3, 0.6, 0.9)]
    assert flux == sorted(flux)
    assert flux[0] < flux[2]


def test_neighbours_do_not_matter() -> None:
    one, other = drawn([KEY, FILL]), drawn([])
    fields = ("linear", "opening", "iris", "frame", "diameter")
    both = EyeWindows(**{name: torch.cat((getattr(other, name), getattr(one, name))) for name in fields})
    torch.testing.assert_close(eye_glints(both).place[1:], eye_glints(one).place)


def shown(glints: Glints) -> tuple[Tensor, Tensor]:
    rings = catchlights_seen(glints).rings
    return rings["iris"][0], rings["catchlight"][0]


def test_rings_are_drawn_where_the_glints_are() -> None:
    irises, glints = shown(eye_glints(drawn([KEY])))
    torch.testing.assert_close(irises[0], torch.tensor([132.0, 232.0, RADIUS]))
    x, y, _ = glints[~glints.isnan().any(1)][0].tolist()
    assert x == pytest.approx(132 + KEY[0] * RADIUS, abs=0.6)
    assert y == pytest.approx(232 - KEY[1] * RADIUS, abs=0.6)
    assert (~glints.isnan().any(1)).sum() == 2


def test_without_a_face_nothing_is_found() -> None:
    blank = EyeWindows(
        torch.zeros(1, 2, 3, SIDE, SIDE),
        torch.zeros(1, 2, SIDE, SIDE),
        torch.zeros(1, 2, 3),
        torch.full((1, 2, 3), torch.nan),
        torch.full((1, 2), torch.nan),
        (Refusal(torch.tensor([True]), "no face"),),
    )
    glints = eye_glints(blank)
    assert (glints.count == 0).all()
    assert catchlights(glints).reasons() == ["no face"]
    assert all(ring.isnan().all() for ring in shown(glints))
