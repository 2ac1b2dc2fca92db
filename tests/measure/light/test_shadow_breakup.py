from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from beams import Beam as Recipe

from lightmeter.measure.background.backdrop import backdrop
from lightmeter.measure.light.beam import Beam, beam
from lightmeter.measure.light.shadow_breakup import light_along_the_beam, shadow_breakup
from lightmeter.measure.registry import PerImage
from lightmeter.see.facets import mesh_facets
from lightmeter.see.regions import FaceMesh, Matte

SIZE = (438, 350)
Read, Look, Mask = Callable[..., PerImage], Callable[..., Beam], Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def look(astronaut_face: FaceMesh) -> Look:
    """`look(light)`: the beam on a grey face, all of it bare skin, under light (H, W)."""

    def build(light: np.ndarray) -> Beam:
        linear = torch.from_numpy(light.astype(np.float32)).expand(1, 3, -1, -1)
        whole, nothing = Matte(torch.ones(1, 1, *SIZE)), Matte(torch.zeros(1, 1, *SIZE))
        facets = mesh_facets(linear, astronaut_face)
        return beam(linear, astronaut_face, facets, whole, nothing, backdrop(linear, nothing))

    return build


@pytest.fixture(scope="module")
def mask(astronaut_face: FaceMesh) -> Mask:
    """`mask(angle, ...)`: the share (H, W) of a beam through the middle of the face."""
    middle = astronaut_face.points[0, [10, 152, 234, 454], :2].mean(0)
    centre, width = (float(middle[0]), float(middle[1])), float(astronaut_face.width)
    return lambda angle, **recipe: Recipe(angle, centre, width, **recipe).mask(*SIZE)


@pytest.fixture(scope="module")
def read(look: Look, mask: Mask) -> Read:
    """`read(angle, ...)`: the value under such a beam, `stops` over the rest of the face."""

    def build(angle: float, stops: float = 4.0, gain: float = 0.8, **recipe: float) -> PerImage:
        dark = 2.0**-stops
        return shadow_breakup(look(gain * (dark + (1 - dark) * mask(angle, **recipe))))

    return build


@pytest.mark.parametrize("angle", [-70, -45, 0, 30, 90])
@pytest.mark.parametrize(
    "recipe",
    [{"width": 0.4}, {"width": 0.15, "pitch": 0.3}, {"width": 9.0}],
    ids=["one band", "blinds", "even light"],
)
def test_straight_bands_have_none(read: Read, angle: float, recipe: dict[str, float]) -> None:
    # Along its axis a band is constant, whatever lies across it.
    assert float(read(angle, **recipe).value) == 0


@pytest.mark.parametrize(("pitch", "angle"), [(0.25, 0), (0.2, 20), (0.3, -45)])
def test_counts_the_gaps_of_a_grid(look: Look, mask: Mask, pitch: float, angle: float) -> None:
    # Crossed slats of one pitch, their lit width 0.6 of it. Along an axis 0.6 of the lines lie on lit slats
    # and are cut once a pitch less the gap at the end; no direction passes fewer than some of the gaps.
    slats = [mask(a, width=0.6 * pitch, pitch=pitch, edge=0.02) for a in (angle, angle + 90)]
    value = float(shadow_breakup(look(0.03 + 0.7 * slats[0] * slats[1])).value)
    assert 0.3 / pitch < value < 1.2 / pitch


def test_more_strands_break_it_more(read: Read) -> None:
    found = [float(read(-45, width=0.6, edge=0.02, strands=strands).value) for strands in (0.0, 2.0, 4.0)]
    assert found[0] == 0
    assert found[0] < found[1] < found[2]


def test_faint_shadows_do_not_count(read: Read) -> None:
    # Half a stop is under the stop that makes a gap.
    assert float(read(-45, stops=0.5, width=0.6, strands=4.0).value) == 0


def test_exposure_does_not_matter(read: Read) -> None:
    one, other = (read(-45, gain=gain, width=0.6, strands=4.0).value for gain in (0.8, 0.2))
    torch.testing.assert_close(one, other, atol=1e-3, rtol=0)


def test_a_mirror_does_not_matter(read: Read) -> None:
    one, other = (float(read(angle, width=0.4).value) for angle in (-30, 30))
    assert one == other == 0


def test_not_measured_without_a_face(no_face: FaceMesh) -> None:
    linear = torch.full((1, 3, 64, 64), 0.5)
    nothing = Matte(torch.zeros(1, 1, 64, 64))
    facets = mesh_facets(linear, no_face)
    found = shadow_breakup(beam(linear, no_face, facets, nothing, nothing, backdrop(linear, nothing)))
    assert found.value.isnan().all()
    assert found.reasons() == ["no face"]


def test_draws_a_dent_where_shadow_breaks_the_light(look: Look, mask: Mask, astronaut_face: FaceMesh) -> None:
    whole, broken = (look(0.05 + 0.7 * mask(0, width=0.9, strands=n)) for n in (0.0, 4.0))
    depth = []
    for light in (whole, broken):
        strokes = light_along_the_beam(light, astronaut_face).paths["light along the beam"]
        assert strokes.shape[2:] == (2, 2)
        rises = (strokes[:, :, 1, 1] - strokes[:, :, 0, 1]).abs()
        depth.append(float(rises.nanmean()) / float(astronaut_face.width))
    # Along a whole beam light is even; 4 stops at 0.03 are 0.12 face widths deep, 4 to 8 times over 32 steps.
    assert depth[0] < 0.003
    assert 0.01 < depth[1] < 0.1
