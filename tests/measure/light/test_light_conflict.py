"""light_conflict: witnesses of known directions, and halves of a head under known lamps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.beam import Beam
from lightmeter.measure.light.catchlight_key import CatchlightKey
from lightmeter.measure.light.half_keys import half_keys
from lightmeter.measure.light.light_conflict import (
    KeyWitnesses,
    key_witnesses,
    keys_by_witness,
    light_conflict,
)
from lightmeter.measure.light.neck_key import NeckKey
from lightmeter.optics.geometry import direction
from lightmeter.see.facets import Facets, mesh_facets
from lightmeter.see.regions import FaceMesh

BLIND = CatchlightKey(torch.tensor([[0.0, 0.0, 1.0]]), torch.tensor([False]))
SILENT = NeckKey(*torch.zeros(3, 1), torch.tensor([False]), torch.full((1, 4, 2), torch.nan))
Light = tuple[float, float]


@pytest.fixture(scope="module")
def bare(astronaut: Tensor, astronaut_face: FaceMesh) -> Facets:
    return mesh_facets(astronaut, astronaut_face)


@pytest.fixture(scope="module")
def under(bare: Facets, astronaut_face: FaceMesh) -> Callable[..., Facets]:
    """`under(left, right)`: the astronaut's mesh in grey, a lamp on each half, 3 stops over the fill.

    E = max(0, n.l) + 2^-3 ((1 + n_z) / 2)^1.5, as optics.shading has it. The halves meet under the bridge
    of the nose."""

    def build(left: Light, right: Light) -> Facets:
        towards = torch.stack([direction(*torch.tensor(light)) for light in (left, right)])
        image_left = bare.centre[0, :, 0] < astronaut_face.points[0, 168, 0]
        normal = bare.normal[0]
        key = torch.where(image_left, normal @ towards[0], normal @ towards[1]).clamp_min(0)
        bright = 0.5 * (key + 2.0**-3 * ((1 + normal[:, 2]) / 2) ** 1.5)
        return replace(bare, linear=bright.expand(1, 3, -1), clipped=torch.zeros_like(bare.clipped))

    return build


def witnesses(*lights: Light | None, error: float = 10.0) -> KeyWitnesses:
    towards = [direction(*torch.tensor(light or (0.0, 0.0))) for light in lights]
    known = torch.tensor([[light is not None for light in lights]])
    return KeyWitnesses(torch.stack(towards)[None], torch.full((1, 3), error), known)


def beam_found(found: bool) -> Beam:
    return cast(Beam, SimpleNamespace(found=torch.tensor([found])))


NO_BEAM = beam_found(False)


def test_the_excess_over_the_error_by_hand(bare: Facets) -> None:
    # 60 degrees apart, each off by 10: sqrt(60^2 - (10^2 + 10^2)) = 58.3.
    result = light_conflict(witnesses((-30.0, 0.0), (30.0, 0.0), None), bare, NO_BEAM)
    assert float(result.value) == pytest.approx(math.sqrt(3600 - 200), abs=0.1)
    assert result.error is not None
    assert float(result.error) == pytest.approx(math.sqrt(200), abs=0.1)


def test_three_witnesses_count_by_pairs(bare: Facets) -> None:
    # Two agree and one is 90 off both: pairs of 0, 90, 90 degrees; the mean square is 2/3 of 8100.
    result = light_conflict(witnesses((45.0, 0.0), (45.0, 0.0), (-45.0, 0.0)), bare, NO_BEAM)
    assert float(result.value) == pytest.approx(math.sqrt(8100 * 2 / 3 - 200), abs=0.1)


def test_disagreement_within_the_error_is_none(bare: Facets) -> None:
    assert float(light_conflict(witnesses((0.0, 0.0), (14.0, 0.0), None), bare, NO_BEAM).value) == 0


def test_grows_with_the_angle(bare: Facets) -> None:
    found = [
        float(light_conflict(witnesses((0.0, 0.0), (a, 0.0), None), bare, NO_BEAM).value)
        for a in (20.0, 60.0, 90.0)
    ]
    assert found == sorted(found)
    assert found[0] < found[2]


def test_two_witnesses_are_needed(bare: Facets) -> None:
    result = light_conflict(witnesses((0.0, 0.0), None, None), bare, NO_BEAM)
    assert result.value.isnan().all()
    assert result.reasons()[0].startswith("1 of")


def test_a_beam_on_the_face_is_no_conflict(bare: Facets) -> None:
    result = light_conflict(witnesses((-60.0, 0.0), (60.0, 0.0), None), bare, beam_found(True))
    assert "a beam's edges" in result.reasons()[0]


def test_witnesses_too_unsure_to_disagree_are_not_heard(bare: Facets) -> None:
    result = light_conflict(witnesses((-60.0, 0.0), (60.0, 0.0), None, error=40.0), bare, NO_BEAM)
    assert result.value.isnan().all()
    assert "57 degrees" in result.reasons()[0]


@pytest.mark.parametrize("azimuth", [-40.0, 0.0, 40.0])
def test_one_lamp_is_no_conflict(
    under: Callable[..., Facets], astronaut_face: FaceMesh, azimuth: float
) -> None:
    facets = under((azimuth, 25.0), (azimuth, 25.0))
    assert (
        float(
            light_conflict(
                key_witnesses(half_keys(facets, astronaut_face), BLIND, SILENT), facets, NO_BEAM
            ).value
        )
        < 15
    )


def test_halves_under_crossed_lamps_conflict(under: Callable[..., Facets], astronaut_face: FaceMesh) -> None:
    # Each half lit from its own side, 45 + 45 degrees apart at 20 degrees up: 83 degrees between them.
    facets = under((-45.0, 20.0), (45.0, 20.0))
    assert (
        float(
            light_conflict(
                key_witnesses(half_keys(facets, astronaut_face), BLIND, SILENT), facets, NO_BEAM
            ).value
        )
        > 45
    )


def test_eyes_that_contradict_the_face_conflict(
    under: Callable[..., Facets], astronaut_face: FaceMesh
) -> None:
    facets = under((40.0, 25.0), (40.0, 25.0))
    values = []
    for azimuth in (40.0, -40.0):
        towards = direction(torch.tensor(azimuth), torch.tensor(25.0))[None]
        eyes = CatchlightKey(towards, torch.tensor([True]))
        values.append(
            float(
                light_conflict(
                    key_witnesses(half_keys(facets, astronaut_face), eyes, SILENT), facets, NO_BEAM
                ).value
            )
        )
    assert values[0] < 15
    assert values[1] > 40


def test_exposure_does_not_matter(under: Callable[..., Facets], astronaut_face: FaceMesh) -> None:
    facets = under((-45.0, 20.0), (45.0, 20.0))
    darker = replace(facets, linear=0.25 * facets.linear)
    one, other = (
        light_conflict(key_witnesses(half_keys(f, astronaut_face), BLIND, SILENT), f, NO_BEAM).value
        for f in (facets, darker)
    )
    torch.testing.assert_close(one, other, atol=0.5, rtol=0)


def test_arrows_come_from_the_lights(under: Callable[..., Facets], astronaut_face: FaceMesh) -> None:
    facets = under((-40.0, 25.0), (-40.0, 25.0))
    marks = keys_by_witness(
        key_witnesses(half_keys(facets, astronaut_face), BLIND, SILENT), SILENT, astronaut_face
    )
    x, y, tip_x, tip_y, _ = marks.arrows["key of the left half"][0, 0].tolist()
    assert x < tip_x
    assert y < tip_y
    assert marks.arrows["key in the eyes"].isnan().all()
    assert marks.arrows["key on the neck"].isnan().all()
    assert marks.rings["neck"].isnan().all()


def neck(azimuth: float) -> NeckKey:
    one = torch.tensor([azimuth])
    return NeckKey(one / 30, one.abs() / 100, one, torch.tensor([True]), torch.zeros(1, 4, 2))


def test_a_neck_that_contradicts_the_face_conflicts(
    under: Callable[..., Facets], astronaut_face: FaceMesh
) -> None:
    facets = under((40.0, 25.0), (40.0, 25.0))
    halves = half_keys(facets, astronaut_face)
    along, against = (
        float(light_conflict(key_witnesses(halves, BLIND, neck(a)), facets, NO_BEAM).value)
        for a in (35.0, -35.0)
    )
    assert along < 15
    assert against > 25


def test_the_neck_takes_its_height_from_the_others(
    under: Callable[..., Facets], astronaut_face: FaceMesh
) -> None:
    facets = under((40.0, 45.0), (40.0, 45.0))
    found = key_witnesses(half_keys(facets, astronaut_face), BLIND, neck(-30.0))
    others, own = found.direction[0, :2], found.direction[0, 3]
    assert float(own[1]) == pytest.approx(float(others[:, 1].mean()), abs=1e-5)
    assert math.degrees(math.atan2(float(own[0]), float(own[2]))) == pytest.approx(-30, abs=1e-3)
    assert float(own.norm()) == pytest.approx(1, abs=1e-5)
