from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from beams import Beam as Recipe

from lightmeter.measure.background.backdrop import backdrop
from lightmeter.measure.light.beam import Beam, beam
from lightmeter.measure.light.beam_angle import beam_angle, beam_axis
from lightmeter.see.facets import mesh_facets
from lightmeter.see.regions import FaceMesh, Matte

Look = Callable[..., Beam]
SIZE = (438, 350)


@pytest.fixture(scope="module")
def look(astronaut_face: FaceMesh) -> Look:
    """`look(light)`: what `beam` makes of a face of even grey, bare of hair, under light (H, W).

    Its backdrop is what lies over 0.9 face widths from its middle, as even and as grey.
    """
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    middle, width = _face(astronaut_face)
    far = torch.from_numpy(np.hypot(x - middle[0], y - middle[1]) > 0.9 * width).float()[None, None]

    def build(light: np.ndarray) -> Beam:
        linear = torch.from_numpy(np.ascontiguousarray(light, np.float32)).expand(1, 3, -1, -1)
        facets = mesh_facets(linear, astronaut_face)
        nothing = torch.zeros_like(linear[:, :1])
        return beam(
            linear, astronaut_face, facets, Matte(1 - far), Matte(nothing), backdrop(linear, Matte(far))
        )

    return build


@pytest.fixture(scope="module")
def lit(astronaut_face: FaceMesh) -> Callable[..., np.ndarray]:
    """`lit(angle, ...)`: light of a beam through the middle of the face, (H, W), 4 stops over shadow."""
    middle, width = _face(astronaut_face)

    def build(angle: float, **recipe: float) -> np.ndarray:
        mask = Recipe(angle, middle, width, **recipe).mask(*SIZE)
        return 0.8 * (2.0**-4 + (1 - 2.0**-4) * mask)

    return build


def _face(face: FaceMesh) -> tuple[tuple[float, float], float]:
    middle = face.points[0, [10, 152, 234, 454], :2].mean(0)
    return (float(middle[0]), float(middle[1])), float(face.width)


def _apart(one: float, other: float) -> float:
    """Degrees between two axes: 89 and -89 are 2 apart."""
    return abs((one - other + 90) % 180 - 90)


@pytest.mark.parametrize("angle", [-80, -60, -45, -20, 0, 10, 30, 45, 70, 90])
@pytest.mark.parametrize("recipe", [{"width": 0.4}, {"width": 0.25, "edge": 0.15}], ids=["hard", "soft"])
def test_finds_the_axis_of_a_band(
    look: Look, lit: Callable[..., np.ndarray], angle: float, recipe: dict[str, float]
) -> None:
    # Known by construction: the mask is constant along a line at `angle`. On grey skin the only error is
    # the grid of 1 degree.
    result = beam_angle(look(lit(angle, **recipe)))
    assert _apart(float(result.value), angle) < 2


def test_stripes_have_the_axis_of_their_slats(look: Look, lit: Callable[..., np.ndarray]) -> None:
    found = beam_angle(look(lit(8, width=0.15, pitch=0.3)))
    assert _apart(float(found.value), 8) < 2


def test_haze_tells_the_axis_where_hair_breaks_the_beam(
    look: Look, lit: Callable[..., np.ndarray], astronaut_face: FaceMesh
) -> None:
    # In the air the band is whole, on the face broken: a soft one 5 stops over black on the backdrop.
    middle, width = _face(astronaut_face)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    far = np.hypot(x - middle[0], y - middle[1]) > 0.9 * width
    haze = 0.002 + 0.06 * Recipe(-40, middle, width, width=0.6, edge=0.3).mask(*SIZE)
    broken = lit(-40, width=0.6, strands=5)
    found = look(np.where(far, haze, broken))
    assert found.hazy.all()
    assert _apart(float(beam_angle(found).value), -40) < 3


def test_a_lamp_in_view_is_not_haze(look: Look) -> None:
    light = np.full(SIZE, 0.01, np.float32)
    light[:, 150:] = 0.2
    light[:, 10:60] = 1.0
    assert not look(light).hazy.any()


@pytest.mark.parametrize(
    "light",
    [
        np.full(SIZE, 0.4),
        np.broadcast_to(np.linspace(0.05, 0.8, SIZE[1]), SIZE),
        np.where(np.arange(SIZE[1]) > 170, 0.8, 0.02) * np.ones(SIZE),
    ],
    ids=["even", "slope", "edge"],
)
def test_light_without_shadow_on_both_sides_is_no_beam(look: Look, light: np.ndarray) -> None:
    result = beam_angle(look(light))
    assert result.value.isnan().all()
    assert result.reasons()[0].startswith("no beam")


def test_a_mirror_negates_it(look: Look, lit: Callable[..., np.ndarray]) -> None:
    # The grey face is nearly symmetrical itself, so that only the light needs to be mirrored.
    one, other = (float(beam_angle(look(lit(angle, width=0.4))).value) for angle in (-35, 35))
    assert one == pytest.approx(-other, abs=2)


def test_exposure_does_not_matter(look: Look, lit: Callable[..., np.ndarray]) -> None:
    light = lit(-45, width=0.4)
    one, other = (beam_angle(look(light * gain)) for gain in (1.0, 0.2))
    torch.testing.assert_close(one.value, other.value, atol=0.05, rtol=0)


def test_a_fainter_band_is_less_sure(look: Look, lit: Callable[..., np.ndarray]) -> None:
    noise = np.exp2(np.random.default_rng(0).standard_normal(SIZE))
    errors = [float(look((lit(-45, width=0.4) ** power) * noise).error) for power in (1.0, 0.1, 0.0)]
    assert errors == sorted(errors)
    assert errors[0] < 4 < errors[-1]


def test_not_measured_where_hair_hides_the_face(look: Look, lit: Callable[..., np.ndarray]) -> None:
    found = look(lit(-45))
    hidden = replace(
        found, refusals=(*found.refusals, replace(found.refusals[-1], when=torch.tensor([True])))
    )
    assert "bare skin" in beam_angle(hidden).reasons()[0]


def test_the_axis_is_drawn_through_the_face(
    look: Look, lit: Callable[..., np.ndarray], astronaut_face: FaceMesh
) -> None:
    arrow = beam_axis(look(lit(-45, width=0.4)), astronaut_face).arrows["axis of the beam"][0, 0]
    across, down = arrow[2] - arrow[0], arrow[3] - arrow[1]
    assert float(torch.rad2deg(torch.atan2(-down, across))) == pytest.approx(-45, abs=2)
