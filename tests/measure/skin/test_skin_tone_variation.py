"""skin_tone_variation on spheres of skin with blotches of known size and colour."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lightmeter.measure.skin.skin_surface import CELLS, SIDE, SkinSurface
from lightmeter.measure.skin.skin_tone_variation import skin_blotches, skin_tone_variation
from lightmeter.optics.skin_colour import REFERENCE, on_reference_skin
from lightmeter.see.canvas import canvas
from lightmeter.see.provide import Refusal

Sphere = Callable[..., SkinSurface]
PERIOD = 16  # cells: blotches of 8, a twelfth of a face width


def waves(amount: float, period: float = PERIOD) -> Tensor:
    """(1, 3, G, G): blood that comes and goes as a wave across the face, red and blue held, green moved."""
    line = amount * torch.cos(2 * math.pi * torch.arange(SIDE) / period)
    flat = torch.zeros(SIDE)
    return torch.exp(torch.stack((flat, line, flat)))[None, :, None].expand(1, 3, SIDE, SIDE)


def variation(surface: SkinSurface) -> float:
    return float(skin_tone_variation(surface).value)


def blotched(surface: SkinSurface, amount: float, period: float = PERIOD) -> SkinSurface:
    return replace(surface, linear=surface.linear * waves(amount, period))


@pytest.mark.parametrize("amount", [0.02, 0.05])
def test_blotches_of_known_colour(matte: Sphere, amount: float) -> None:
    # Blurred by 1.5 and 6 cells a wave of 16 keeps e^-(2 pi 1.5 / 16)^2 / 2 - e^-(2 pi 6 / 16)^2 / 2 of
    # itself; the median of |cos| is cos 45 degrees.
    angle = 2 * math.pi / PERIOD
    kept = math.exp(-((1.5 * angle) ** 2) / 2) - math.exp(-((6 * angle) ** 2) / 2)
    change = -amount * kept * math.cos(math.pi / 4)
    expected = float(on_reference_skin(torch.tensor([[[change], [change]]])))
    flat = replace(matte(), linear=torch.tensor(REFERENCE)[None, :, None, None].expand(1, 3, SIDE, SIDE))
    assert variation(blotched(flat, amount)) == pytest.approx(expected, rel=0.08)


def test_even_skin_in_any_light_is_near_zero(matte: Sphere) -> None:
    for azimuth in (0, 60):
        assert variation(matte(azimuth=azimuth)) < 0.05


@pytest.mark.parametrize("stops", [1, 2, 4])
def test_exposure_and_darker_skin_do_not_matter(matte: Sphere, stops: int) -> None:
    surface = blotched(matte(), 0.05)
    darker = replace(surface, linear=surface.linear * 2.0**-stops)
    assert variation(darker) == pytest.approx(variation(surface), rel=1e-3)
    brown = replace(surface, linear=surface.linear * torch.tensor([0.4, 0.27, 0.2])[:, None, None])
    assert variation(brown) == pytest.approx(variation(surface), rel=0.02)


def test_mirror(matte: Sphere) -> None:
    surface = blotched(matte(), 0.05)
    mirrored = replace(surface, linear=surface.linear.flip(-1), skin=surface.skin.flip(-1))
    assert variation(mirrored) == pytest.approx(variation(surface), rel=0.03)


def test_a_smooth_tint_of_the_light_drops_out(matte: Sphere) -> None:
    surface = matte()
    across = torch.arange(SIDE) / CELLS
    tint = torch.stack((torch.exp(0.5 * across), torch.ones(SIDE), torch.exp(-0.5 * across)))
    assert variation(replace(surface, linear=surface.linear * tint[:, None])) < 0.25


def test_rises_with_the_amount_and_falls_with_smoothing(matte: Sphere) -> None:
    found = [variation(blotched(matte(), amount)) for amount in (0.0, 0.01, 0.02, 0.04, 0.08)]
    assert found == sorted(found)
    assert found[-1] > 4 * found[1]
    # Frequency separation that averages the skin's colour takes the waves away in the same measure.
    retouched = [variation(blotched(matte(), 0.05 * (1 - strength))) for strength in (0.0, 0.5, 1.0)]
    assert retouched == sorted(retouched, reverse=True)


def test_only_blotches_count_not_pores_nor_the_whole_face(matte: Sphere) -> None:
    middle = variation(blotched(matte(), 0.05))
    assert variation(blotched(matte(), 0.05, period=3)) < 0.1 * middle
    assert variation(blotched(matte(), 0.05, period=256)) < 0.35 * middle


def test_overlay_shows_the_blotches(matte: Sphere) -> None:
    surface = matte()
    spot = torch.ones(1, 3, SIDE, SIDE)
    spot[:, 1:, 60:68, 60:68] = 0.8
    frame = canvas(torch.zeros(1, 3, 256, 256))
    marked = skin_blotches(replace(surface, linear=surface.linear * spot), frame)
    (area,) = marked.areas.values()
    assert area.shape == (1, 1, 256, 256)
    assert area[0, 0, 124:132, 124:132].mean() > 10 * area.mean()


@pytest.mark.parametrize("grey", [(0.4, 0.4, 0.4), (0.4, 0.38, 0.38)])
def test_black_and_white_is_refused(matte: Sphere, grey: tuple[float, float, float]) -> None:
    (reason,) = skin_tone_variation(matte(body=grey)).reasons()
    assert reason == "skin has no colour: a black and white or tinted picture"


def test_a_narrow_face_and_no_face_are_refused(matte: Sphere) -> None:
    small = replace(matte(), width=torch.tensor([50.0]))
    assert skin_tone_variation(small).reasons() == ["face is 50 px wide: blotches need 64"]
    surface = matte()
    nobody = replace(
        surface,
        linear=0 * surface.linear,
        skin=0 * surface.skin,
        width=torch.tensor([torch.nan]),
        refusals=(Refusal(torch.tensor([True]), "no face"),),
    )
    assert skin_tone_variation(nobody).reasons() == ["no face"]
