"""skin_highlight_share on spheres whose specular share is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lightmeter.measure.registry import PerImage
from lightmeter.measure.skin.skin_gloss import skin_gloss
from lightmeter.measure.skin.skin_highlight_share import skin_highlight_share, skin_highlights
from lightmeter.measure.skin.skin_surface import CELLS, SkinSurface
from lightmeter.optics.skin_colour import REFERENCE
from lightmeter.see.canvas import canvas
from lightmeter.see.provide import Refusal

Sphere = Callable[..., SkinSurface]


def measured(surface: SkinSurface) -> PerImage:
    return skin_highlight_share(skin_gloss(surface))


def share(surface: SkinSurface) -> float:
    return float(measured(surface).value)


def known(matte: Sphere, shiny: SkinSurface) -> float:
    """Share of lit skin at which red is a fifth over its matte self: specular is all that differs."""
    plain = matte()
    luminance = (shiny.linear * torch.tensor([0.2126, 0.7152, 0.0722])[:, None, None]).sum(1, keepdim=True)
    high = luminance[shiny.skin > 0].quantile(0.8)
    lit = shiny.skin * (luminance > 0.4 * high)
    return float(((shiny.linear[:, :1] > 1.2 * plain.linear[:, :1]) * lit).sum() / lit.sum())


@pytest.mark.parametrize("roughness", [0.2, 0.3, 0.4])
@pytest.mark.parametrize("strength", [0.15, 0.4])
def test_share_of_a_lobe(matte: Sphere, glossy: Sphere, roughness: float, strength: float) -> None:
    shiny = glossy(roughness, strength)
    assert share(shiny) == pytest.approx(known(matte, shiny), rel=0.2, abs=1e-3)


@pytest.mark.parametrize("azimuth", [0, 45, 75])
def test_matte_skin_has_none(matte: Sphere, azimuth: float) -> None:
    assert share(matte(azimuth=azimuth)) == 0


def test_exposure_mirror_and_tone_do_not_matter(glossy: Sphere) -> None:
    surface = glossy(0.4, 0.4)
    one = share(surface)
    assert one > 0.02
    assert share(replace(surface, linear=0.25 * surface.linear)) == pytest.approx(one, rel=1e-3)
    assert share(replace(surface, linear=surface.linear.flip(-1))) == pytest.approx(one, rel=0.02)
    # Brown skin under the same gloss in the same proportion to its red.
    brown = glossy(0.4, 0.4 * 0.3 / REFERENCE[0], body=(0.3, 0.13, 0.07))
    assert share(brown) == pytest.approx(one, rel=0.1)


def test_rises_with_gloss(glossy: Sphere) -> None:
    found = [share(glossy(0.4, strength)) for strength in (0.0, 0.1, 0.2, 0.4, 0.8)]
    assert found == sorted(found)
    assert found[-1] > 2 * found[2] > 0


def paint(surface: SkinSurface, colour: tuple[float, float, float]) -> SkinSurface:
    spot: Tensor = torch.ones_like(surface.linear)
    spot[:, :, 54:66, 60:76] = torch.tensor(colour)[:, None, None]
    return replace(surface, linear=surface.linear * spot)


def test_pale_patches_and_bright_patches_are_not_gloss(matte: Sphere) -> None:
    pale = paint(matte(), (1.0, 1.15, 1.4))
    assert share(pale) == 0
    bright = paint(matte(), (1.4, 1.4, 1.4))
    assert share(bright) == 0


def test_overlay_lies_where_the_highlight_is(glossy: Sphere) -> None:
    surface = glossy(0.3, 0.4, azimuth=0.0)
    frame = canvas(torch.zeros(1, 3, 256, 256))
    (area,) = skin_highlights(skin_gloss(surface), surface, frame).areas.values()
    # The half vector is 12.5 degrees up: the sphere's radius is CELLS pixels of the frame, its middle at 128.
    rows = (area[0, 0].sum(1) * torch.arange(256)).sum() / area.sum()
    assert float(rows) == pytest.approx(128 - 0.216 * CELLS, abs=3)


def test_grey_skin_and_no_face_are_refused(matte: Sphere) -> None:
    (reason,) = measured(matte(body=(0.4, 0.4, 0.4))).reasons()
    assert reason.startswith("skin is as blue as red (1.00)")
    surface = matte()
    nobody = replace(surface, skin=0 * surface.skin, refusals=(Refusal(torch.tensor([True]), "no face"),))
    assert measured(nobody).reasons() == ["no face"]
