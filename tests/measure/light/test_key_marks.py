"""What the report draws of a key: the arrow's side, its cone, and the skin that it lights."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.key_light import key_light
from lightmeter.measure.light.key_marks import key_light as key_marks
from lightmeter.measure.overlay import Marks
from lightmeter.optics.geometry import direction
from lightmeter.see.canvas import canvas
from lightmeter.see.facets import Facets

FRAME = torch.zeros(1, 3, 120, 140)
WIDTH = 80.0


@pytest.fixture(scope="module")
def drawn(facets_of: Callable[..., Facets], head: Tensor) -> Callable[..., Marks]:
    """`drawn(azimuth, elevation, stops)`: the marks of a head 80 wide about (70, 60)."""
    centre = torch.tensor([70.0, 60.0]) + WIDTH / 2 * head[:, :2] * torch.tensor([1.0, -1.0])

    def build(azimuth: float, elevation: float, stops: float = 2.0) -> Marks:
        towards = direction(torch.tensor(float(azimuth)), torch.tensor(float(elevation)))
        fill = ((1 + head[:, 2]) / 2) ** 1.5
        bright = 0.3 * ((head @ towards).clamp_min(0) + 2.0**-stops * fill)
        facets = facets_of(bright, normal=head, centre=centre, skin=head[:, 2], width=WIDTH)
        return key_marks(canvas(FRAME), facets, key_light(facets))

    return build


def test_the_arrow_points_from_the_key_to_the_face(drawn: Callable[..., Marks]) -> None:
    # 60 degrees from image left and level: 80 sin 60 = 69 pixels left of the middle.
    tail_x, tail_y, tip_x, tip_y, cone = drawn(-60, 0).arrows["key"][0, 0].tolist()
    assert tail_x - tip_x == pytest.approx(-69, abs=4)
    assert tail_y == pytest.approx(tip_y, abs=8)
    assert 5 < cone < 30
    above = drawn(-45, 40).arrows["key"][0, 0]
    assert float(above[1]) < float(above[3])


def test_the_cone_opens_as_the_key_nears_the_camera(drawn: Callable[..., Marks]) -> None:
    cones = [float(drawn(azimuth, 0).arrows["key"][0, 0, 4]) for azimuth in (70, 40, 15)]
    assert cones == sorted(cones)


def test_the_lit_side_is_the_key_s(drawn: Callable[..., Marks]) -> None:
    areas = drawn(-60, 0).areas
    lit, shadow = areas["lit by the key"][0, 0], areas["in its shadow"][0, 0]
    assert lit.shape == FRAME.shape[2:]
    assert float(lit[40:80, 40:65].mean()) > 0.8
    assert float(lit[40:80, 95:105].mean()) < 0.2
    assert float(shadow[40:80, 100:104].mean()) > 0.8
    assert float((lit + shadow).max()) <= 1 + 1e-6
    assert float((lit + shadow)[:, :20].max()) == 0  # beside the head


def test_a_mirrored_light_lights_the_other_side(drawn: Callable[..., Marks]) -> None:
    left, right = (drawn(azimuth, 10).areas["lit by the key"].sum((0, 1, 2)) for azimuth in (-50, 50))
    assert float(left[:70].sum()) == pytest.approx(float(right[70:].sum()), rel=0.15)


def test_nothing_is_drawn_without_a_direction(drawn: Callable[..., Marks], no_facets: Facets) -> None:
    nobody = key_marks(canvas(FRAME), no_facets, key_light(no_facets))
    for marks in (nobody, drawn(0, 0, -20)):
        assert all(bool(((each >= 0) & (each <= 1)).all()) for each in marks.areas.values())
    assert nobody.arrows["key"].isnan().all()
    assert all(float(each.sum()) == 0 for each in nobody.areas.values())
