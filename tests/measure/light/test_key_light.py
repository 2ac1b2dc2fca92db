"""The key of a head that casts its own shadows."""

from __future__ import annotations

import pytest
import torch
from head_light import Light
from head_mesh import facets
from heads import Scene, render

from lightmeter.measure.light.key_light import key_light
from lightmeter.optics.shading import KeyFit, fit_key
from lightmeter.see.facets import Facets

# Lambert skin of one albedo, its exact normals, a small lamp: what is left is the nose's, brow's and chin's
# shadow. The synthetic head's nose is not that of the table's average face, so that shadows agree roughly.
KEYS = [(50.0, 10.0), (-50.0, 10.0), (-35.0, 0.0), (65.0, 5.0)]


def lit_head(azimuth: float, elevation: float, shadows: bool = True) -> tuple[Facets, Light]:
    key = Light(azimuth, elevation, 8.0)
    scene = Scene(key=key, fill_stops=3.0, side=256, hair="none", shadows=shadows)
    return facets(render(scene).linear[None], [scene]), key


def degrees_off(fit: KeyFit, key: Light) -> float:
    return float(torch.rad2deg(torch.acos((fit.direction[0] @ key.direction).clamp(-1, 1))))


@pytest.mark.parametrize(("azimuth", "elevation"), KEYS)
def test_the_noses_shadow_is_no_sign_of_a_wider_key(azimuth: float, elevation: float) -> None:
    head, key = lit_head(azimuth, elevation)
    blind = fit_key(head.luminance, head.normal, head.skin)
    known = degrees_off(key_light(head).fit, key)
    assert known < 3.5
    assert known < degrees_off(blind, key) - 1


@pytest.mark.parametrize(("azimuth", "elevation"), [(50.0, 10.0), (-35.0, 0.0)])
def test_a_head_that_casts_no_shadow_is_read_too(azimuth: float, elevation: float) -> None:
    head, key = lit_head(azimuth, elevation, shadows=False)
    assert degrees_off(key_light(head).fit, key) < 7


def test_a_mirrored_head_has_the_mirrored_key() -> None:
    right, left = (key_light(lit_head(azimuth, 10)[0]).fit.direction[0] for azimuth in (50.0, -50.0))
    torch.testing.assert_close(right, left * left.new_tensor((-1.0, 1.0, 1.0)), atol=0.02, rtol=0)
