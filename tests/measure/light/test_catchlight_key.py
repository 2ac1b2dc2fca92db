"""catchlight_key: eyes on a mesh that looks at the camera, and their lights."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from lightmeter.measure.light.catchlight_key import catchlight_key
from lightmeter.measure.light.eye_glints import MOST, Glints
from lightmeter.optics.cornea import glint_of_light
from lightmeter.optics.geometry import angles, direction
from lightmeter.see.regions import FaceMesh

LEFT = {33: -45.0, 133: -15.0, 468: -30.0, 469: -24.0, 470: -30.0, 471: -36.0, 472: -30.0}
RIGHT = {263: 45.0, 362: 15.0, 473: 30.0, 474: 36.0, 475: 30.0, 476: 24.0, 477: 30.0}


def looking(aside: float = 0.0) -> FaceMesh:
    """A level face of millimetres: corners 15 mm from irises of 12 mm, which are moved aside by so much."""
    points = torch.zeros(1, 478, 3)
    for index, x in (LEFT | RIGHT).items():
        points[0, index, 0] = x + (aside if index >= 468 else 0.0)
    return FaceMesh(points, torch.tensor([True]), torch.tensor([1]), torch.tensor([140.0]))


def mirroring(*lights: tuple[float, float] | None, count: int = 1) -> Glints:
    """Eyes that mirror a light each, at azimuth and elevation."""
    place, flux = torch.zeros(1, 2, MOST, 2), torch.zeros(1, 2, MOST)
    for eye, light in enumerate(lights):
        if light is not None:
            place[0, eye, 0] = glint_of_light(direction(*torch.tensor(light)))
            flux[0, eye, :count] = torch.linspace(0.2, 0.1, count)
    both = torch.ones(1, 2)
    return Glints(place, flux / 10, flux, 0.9 * both, 3 * both, 30 * both, torch.ones(1, 2, 3))


@pytest.mark.parametrize("azimuth", [-60.0, 0.0, 45.0])
def test_the_light_in_both_eyes(azimuth: float) -> None:
    found = catchlight_key(mirroring((azimuth, 30.0), (azimuth, 30.0)), looking())
    assert found.known.all()
    assert [float(each) for each in angles(found.direction)] == pytest.approx([azimuth, 30.0], abs=0.1)


def test_one_eye_will_do_and_none_will_not() -> None:
    one = catchlight_key(mirroring(None, (30.0, 20.0)), looking())
    assert one.known.all()
    assert [float(each) for each in angles(one.direction)] == pytest.approx([30.0, 20.0], abs=0.1)
    assert not catchlight_key(mirroring(None, None), looking()).known.any()


def test_eyes_that_disagree_say_nothing() -> None:
    assert catchlight_key(mirroring((0.0, 20.0), (20.0, 20.0)), looking()).known.all()
    assert not catchlight_key(mirroring((-20.0, 20.0), (20.0, 20.0)), looking()).known.any()


def test_two_lamps_leave_the_key_open() -> None:
    assert not catchlight_key(mirroring((0.0, 20.0), (0.0, 20.0), count=2), looking()).known.any()


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_gaze_aside_is_no_mirror(side: float) -> None:
    # 10.6 mm from the eye's centre, 2 mm aside is a sine of 0.19, 4 mm is 0.38.
    glints = mirroring((0.0, 20.0), (0.0, 20.0))
    assert catchlight_key(glints, looking(2.0 * side)).known.all()
    assert not catchlight_key(glints, looking(4.0 * side)).known.any()


def test_glasses_and_closed_eyes_say_nothing() -> None:
    glints = mirroring((0.0, 20.0), (0.0, 20.0))
    assert not catchlight_key(replace(glints, white=0.5 * glints.white / 3), looking()).known.any()
    assert not catchlight_key(replace(glints, shown=0 * glints.shown), looking()).known.any()


def test_without_a_face_there_is_none() -> None:
    face = looking()
    absent = replace(face, points=torch.full_like(face.points, torch.nan), present=torch.tensor([False]))
    found = catchlight_key(mirroring(None, None), absent)
    assert not found.known.any()
    assert found.direction.isfinite().all()
