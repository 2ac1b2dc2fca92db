"""The synthetic heads obey the laws that their labels claim."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from head_beam import Beam
from head_light import Light
from head_mesh import mesh
from head_pictures import default_grid, labelled
from head_shape import EYE
from heads import Rendered, Scene, render
from torch import Tensor

from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.see.face import face

_SMALL = Scene(side=96, span=1.8)
_DARK = math.inf


def facing(rendered: Rendered, light: Light) -> Tensor:
    """(H, W) cosine between the surface and the direction of a light; NaN off the subject."""
    return rendered.normal @ light.direction


@pytest.mark.parametrize("stops", [0.0, 1.0, 3.0])
def test_key_over_fill_is_as_stated_where_the_forehead_faces_both(stops: float) -> None:
    camera = Light(0.0, 0.0, 10.0)
    key = render(replace(_SMALL, key=camera, fill_stops=_DARK))
    fill = render(replace(_SMALL, key=replace(camera, stops=-_DARK), fill_stops=stops))
    # Above the brows nothing hides a part of the fill.
    forehead = (key.skin == 1) & (facing(key, camera) > 0.985) & (torch.arange(96)[:, None] < 36)
    ratio = torch.log2(key.linear[1][forehead] / fill.linear[1][forehead])
    assert forehead.sum() > 20
    torch.testing.assert_close(ratio, torch.full_like(ratio, stops), atol=0.06, rtol=0)


@pytest.mark.parametrize("shape", ["disc", "softbox"])
def test_unshadowed_key_is_lamberts_cosine(shape: str) -> None:
    # A light wholly above the horizon acts as if it were all at its middle.
    light = Light(-50.0, 25.0, 20.0, shape)
    lit = render(replace(_SMALL, key=light, shadows=False))
    cosine = facing(lit, light)
    above = cosine > math.sin(math.sqrt(2) * light.half)
    torch.testing.assert_close(lit.key[above], cosine[above], atol=0.01, rtol=0)


def test_what_turns_away_from_the_key_gets_none_of_it() -> None:
    light = Light(-60.0, 30.0, 20.0)
    lit = render(replace(_SMALL, key=light))
    away = facing(lit, light) < -math.sin(light.half)
    assert away.sum() > 500
    assert lit.key[away].abs().max() == 0


def test_cast_shadows_take_light_away_only() -> None:
    light = Light(-50.0, 40.0, 10.0)
    lit, free = render(replace(_SMALL, key=light)), render(replace(_SMALL, key=light, shadows=False))
    body = lit.alpha > 0
    assert (lit.key <= free.key + 1e-6)[body].all()
    # The nose and the chin hide a good part of the far cheek and of the neck.
    assert ((free.key - lit.key)[body] > 0.3).sum() > 50


def test_penumbra_grows_with_the_light() -> None:
    def partly(size: float) -> int:
        light = Light(-45.0, 35.0, size)
        lit = render(replace(_SMALL, key=light))
        share = lit.key / facing(lit, light)
        return int(((share > 0.1) & (share < 0.9) & (facing(lit, light) > 0.3)).sum())

    widths = [partly(size) for size in (1.0, 10.0, 30.0)]
    assert widths[0] * 2 < widths[1] and widths[1] * 1.5 < widths[2]


def test_mirrored_scene_gives_the_mirrored_picture() -> None:
    scene = replace(_SMALL, key=Light(-40.0, 30.0, 15.0), yaw=15.0, roll=4.0, specular=0.03)
    other = replace(scene, key=Light(40.0, 30.0, 15.0), yaw=-15.0, roll=-4.0)
    difference = (render(scene).linear - render(other).linear.flip(2)).abs()
    # Rounding may tip the odd pixel over an edge.
    assert (difference > 1e-3).float().mean() < 1e-3


def test_exposure_is_a_factor_and_renders_repeat() -> None:
    once, twice = render(_SMALL), render(replace(_SMALL, exposure=2.0))
    torch.testing.assert_close(2 * once.linear, twice.linear)
    assert torch.equal(once.linear, render(_SMALL).linear)


@pytest.mark.parametrize("azimuth", [-150.0, 150.0])
def test_rim_lights_its_own_side_only(azimuth: float) -> None:
    dim = replace(_SMALL, key=Light(0.0, 20.0))
    rim = render(replace(dim, others=(Light(azimuth, 10.0, 10.0, stops=1.0),))).linear
    added = (rim - render(dim).linear).sum(0)
    left, right = added[:, :48].sum(), added[:, 48:].sum()
    near, far = (right, left) if azimuth > 0 else (left, right)
    assert near > 50 * far


def test_key_sets_which_half_is_brighter_and_the_far_half_darkens_with_less_fill() -> None:
    def halves(stops: float) -> float:
        picture = render(replace(_SMALL, key=Light(-60.0, 15.0), fill_stops=stops))
        light = (picture.key + picture.fill).where(picture.skin > 0.5, torch.nan)
        return float(torch.log2(light[:, :48].nanmean() / light[:, 48:].nanmean()))

    contrasts = [halves(stops) for stops in (0.0, 2.0, 4.0)]
    assert 0.3 < contrasts[0] < contrasts[1] < contrasts[2]


def test_catchlight_lies_where_the_cornea_faces_half_way_to_the_light() -> None:
    light = Light(-50.0, 25.0, 12.0)
    scene = Scene(key=light, side=160, span=0.9)
    half = torch.nn.functional.normalize(light.direction + torch.tensor([0.0, 0.0, 1.0]), dim=0)
    shown = (render(scene).linear - render(replace(scene, mirrored=())).linear)[1]
    # The image-right eye; 0.056 face widths is the cornea's radius.
    expected = scene.pose.pixels(torch.tensor(EYE))[:2] + 0.056 * (160 / 0.9) * half[:2] * torch.tensor(
        [1.0, -1.0]
    )
    shown[:, :80] = 0
    shown[(torch.arange(160) - float(expected[1])).abs() > 12] = 0
    y, x = torch.meshgrid(torch.arange(160) + 0.5, torch.arange(160) + 0.5, indexing="ij")
    centre = torch.stack(((x * shown).sum(), (y * shown).sum())) / shown.sum()
    torch.testing.assert_close(centre, expected, atol=1.5, rtol=0)


def test_beam_is_as_wide_as_stated_and_down_beside_it() -> None:
    # Along the normal of a band at -45 degrees, across a plane that faces camera and key.
    across = torch.linspace(-1, 1, 2001)
    axis = torch.tensor([math.sqrt(0.5), math.sqrt(0.5)])
    plane = torch.cat((across[:, None] * axis, torch.full((2001, 1), 0.5)), dim=1)
    share = Beam(-45.0, width=0.4, outside_stops=3.0).transmittance(plane, Light(0.0, 0.0).direction)
    assert float((share > (1 + 2**-3) / 2).float().mean()) * 2 == pytest.approx(0.4, abs=0.005)
    assert share.max() == 1 and float(share.min()) == pytest.approx(2**-3)


@pytest.mark.parametrize("breakup", [3.0, 6.0])
def test_broken_beam_has_as_many_strands_as_stated(breakup: float) -> None:
    along = torch.linspace(-2, 2, 8001)
    line = torch.stack((along, 0 * along, 0 * along + 0.5), dim=1)
    share = Beam(0.0, width=0.4, breakup=breakup).transmittance(line, Light(0.0, 0.0).direction)
    falls = ((share[:-1] >= 0.5) & (share[1:] < 0.5)).sum()
    assert float(falls) / 4 == pytest.approx(breakup, rel=0.15)


@pytest.mark.parametrize(("yaw", "pitch"), [(0.0, 0.0), (30.0, 0.0), (-20.0, 10.0)])
def test_face_is_found_where_the_exact_mesh_says(yaw: float, pitch: float) -> None:
    scene = Scene(side=192, span=2.0, yaw=yaw, pitch=pitch, exposure=0.8)
    found, exact = face(encoded_from_linear(render(scene).linear[None])), mesh([scene])
    assert bool(found.present) and int(found.count) == 1
    off = (found.points - exact.points)[0, :468, :2].norm(dim=1) / exact.width
    assert float(off.median()) < 0.04


def test_positive_yaw_looks_right_and_positive_pitch_up() -> None:
    ahead, turned = mesh([_SMALL]).points[0, 1], mesh([replace(_SMALL, yaw=20.0, pitch=20.0)]).points[0, 1]
    assert turned[0] > ahead[0] and turned[1] < ahead[1]


def test_grid_names_every_scene_once() -> None:
    rows = [labelled(scene) for scene in default_grid(64)]
    assert len({row["path"] for row in rows}) == len(rows) == 41
