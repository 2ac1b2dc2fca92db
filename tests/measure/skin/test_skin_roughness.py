"""skin_roughness on spheres with a lobe of known width."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from lightmeter.measure.registry import PerImage
from lightmeter.measure.skin.skin_gloss import skin_gloss
from lightmeter.measure.skin.skin_roughness import skin_roughness
from lightmeter.measure.skin.skin_surface import SkinSurface
from lightmeter.see.provide import Refusal

Sphere = Callable[..., SkinSurface]


def measured(surface: SkinSurface) -> PerImage:
    return skin_roughness(skin_gloss(surface), surface)


def roughness(surface: SkinSurface) -> float:
    return float(measured(surface).value)


@pytest.mark.parametrize("wanted", [0.2, 0.3, 0.37, 0.5, 0.62])
@pytest.mark.parametrize("azimuth", [0, 40])
def test_the_lobe_that_it_was_made_with(glossy: Sphere, wanted: float, azimuth: float) -> None:
    assert roughness(glossy(wanted, 0.5, azimuth=azimuth)) == pytest.approx(wanted, abs=0.03)


def test_strength_exposure_tone_and_mirror_do_not_matter(glossy: Sphere) -> None:
    surface = glossy(0.4, 0.5)
    one = roughness(surface)
    assert roughness(glossy(0.4, 0.25)) == pytest.approx(one, abs=0.03)
    assert roughness(replace(surface, linear=0.25 * surface.linear)) == pytest.approx(one, abs=1e-3)
    assert roughness(glossy(0.4, 0.3, body=(0.3, 0.13, 0.07))) == pytest.approx(one, abs=0.03)
    flipped = surface.normal.flip(-1) * torch.tensor([-1.0, 1.0, 1.0])[:, None, None]
    mirrored = replace(surface, linear=surface.linear.flip(-1), normal=flipped)
    assert roughness(mirrored) == pytest.approx(one, abs=1e-3)


def test_rises_with_the_width_of_the_lobe(glossy: Sphere) -> None:
    found = [roughness(glossy(wanted, 0.5)) for wanted in (0.25, 0.35, 0.45, 0.55, 0.65)]
    assert found == sorted(found)
    assert found[-1] - found[0] > 0.3


def test_noise_widens_the_error_more_than_it_moves_the_value(glossy: Sphere) -> None:
    surface = glossy(0.4, 0.5)
    noise = torch.randn(surface.linear.shape, generator=torch.Generator().manual_seed(0))
    noisy = measured(replace(surface, linear=surface.linear * (1 + 0.05 * noise)))
    clean = measured(surface)
    assert noisy.error is not None
    assert clean.error is not None
    assert float(noisy.error) > float(clean.error)
    assert float(noisy.value) == pytest.approx(0.4, abs=0.05)


def test_matte_skin_is_refused(matte: Sphere) -> None:
    (reason,) = measured(matte()).reasons()
    assert reason.startswith("no highlight: the strongest is")


def test_a_clipped_highlight_is_refused(glossy: Sphere) -> None:
    surface = glossy(0.4, 1.5)
    burnt = replace(surface, linear=surface.linear.clamp_max(1.0))
    (reason,) = measured(burnt).reasons()
    assert reason.endswith("% of the strongest highlight is clipped")


def test_a_narrow_face_and_no_face_are_refused(glossy: Sphere) -> None:
    small = replace(glossy(0.3, 0.5), width=torch.tensor([70.0]))
    assert measured(small).reasons() == ["face is 70 px wide: a lobe needs 80"]
    nobody = replace(small, skin=0 * small.skin, refusals=(Refusal(torch.tensor([True]), "no face"),))
    assert measured(nobody).reasons() == ["no face"]
