"""skin_oversharpening on waves of known contrast, on grain, and on a ladder of unsharp masks."""

from __future__ import annotations

import math

import pytest
import torch
from skimage import data
from torch import Tensor

from lightmeter.measure.skin.skin_oversharpening import skin_oversharpening
from lightmeter.optics.spectrum import blurred
from lightmeter.optics.transfer import encoded_from_linear, linear_from_encoded
from lightmeter.see.patches import SIDE, SkinPatches
from lightmeter.see.provide import Refusal

N = 7


def patches(linear: Tensor, width: float = 600.0, bare: Tensor | None = None) -> SkinPatches:
    whole = torch.ones(1, N, SIDE, SIDE)
    return SkinPatches(linear, whole if bare is None else bare, torch.tensor([float(width)]))


def sharpness(linear: Tensor) -> float:
    return float(skin_oversharpening(patches(linear)).value)


def wave(contrast: float, pixels: float) -> Tensor:
    line = contrast * torch.cos(2 * math.pi * torch.arange(SIDE) / pixels)
    return (0.3 * torch.exp(line)).expand(1, N, 3, SIDE, SIDE)


def skin(seed: int = 0) -> Tensor:
    """(1, N, 3, S, S): detail of 1.2 pixels' softness in log luminance, 5 % RMS."""
    noise = torch.randn(1, N, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))
    soft = blurred(noise, torch.tensor([1.2]))
    return (0.3 * torch.exp(0.05 * soft / soft.std()))[:, :, None].expand(-1, -1, 3, -1, -1)


def photograph() -> Tensor:
    """(1, N, 3, S, S): cuts of a portrait in the public domain, one of them skin and all of them detail."""
    whole = linear_from_encoded(torch.from_numpy(data.astronaut().copy())).permute(2, 0, 1)
    corners = [(0, 150), (60, 150), (100, 130), (180, 100), (250, 120), (300, 200), (40, 170)]
    return torch.stack([whole[:, y : y + SIDE, x : x + SIDE] for y, x in corners])[None].clamp(0.05, 0.9)


def masked(linear: Tensor, amount: float, radius: float) -> Tensor:
    """Unsharp mask of the coded values."""
    coded = encoded_from_linear(linear)
    soft = blurred(coded.flatten(0, 1), torch.full((N,), radius)).unflatten(0, (1, N))
    return linear_from_encoded((coded + amount * (coded - soft)).clamp(0.02, 1))


@pytest.mark.parametrize("contrast", [0.01, 0.05])
@pytest.mark.parametrize("pixels", [5.0, 8.0, 16.0])
def test_rms_of_a_wave(contrast: float, pixels: float) -> None:
    # The band's gain is e^-u - e^-4u with u = 2 (pi / pixels)^2; its RMS is its amplitude over sqrt 2.
    u = 2 * (math.pi / pixels) ** 2
    expected = contrast * (math.exp(-u) - math.exp(-4 * u)) / math.sqrt(2)
    assert sharpness(wave(contrast, pixels)) == pytest.approx(expected, rel=0.03)


def test_smooth_skin_is_zero() -> None:
    ramp = torch.exp2(-torch.arange(SIDE) / 300).expand(1, N, 3, SIDE, SIDE)
    assert sharpness(0.3 * ramp) < 5e-4


@pytest.mark.parametrize("grain", [0.02, 0.05])
def test_grain_cancels(grain: float) -> None:
    noise = torch.randn(1, N, SIDE, SIDE, generator=torch.Generator().manual_seed(1))[:, :, None]
    assert sharpness(0.3 * torch.exp(grain * noise).expand(-1, -1, 3, -1, -1)) < 0.15 * grain
    assert sharpness(skin() * torch.exp(grain * noise)) == pytest.approx(sharpness(skin()), rel=0.15)


@pytest.mark.parametrize("radius", [1.0, 2.0])
def test_rises_with_every_step_of_an_unsharp_mask(radius: float) -> None:
    for linear in (skin(), photograph()):
        found = [sharpness(masked(linear, amount, radius)) for amount in (0.0, 0.5, 1.0, 2.0, 4.0)]
        assert found == sorted(found)
        assert found[2] > 1.2 * found[0]
        assert found[-1] > 1.8 * found[0]


def test_smoothing_never_raises_it() -> None:
    for linear in (skin(), photograph()):
        soft = [
            blurred(linear.flatten(0, 1), torch.full((N,), s)).unflatten(0, (1, N)) for s in (0.5, 1.0, 2.0)
        ]
        found = [sharpness(each.clamp_min(0.01)) for each in (linear, *soft)]
        assert found == sorted(found, reverse=True)


def test_exposure_tone_and_mirror_do_not_matter() -> None:
    one = sharpness(skin())
    assert sharpness(0.25 * skin()) == pytest.approx(one, rel=1e-3)
    assert sharpness(skin() * torch.tensor([0.9, 0.4, 0.2])[:, None, None]) == pytest.approx(one, rel=1e-3)
    assert sharpness(skin().flip(-1)) == pytest.approx(one, rel=1e-3)


def test_refusals() -> None:
    assert skin_oversharpening(patches(skin(), 120.0)).reasons() == ["face is 120 px wide: 160 are needed"]
    bare = torch.zeros(1, N, SIDE, SIDE)
    bare[:, 0, 60:90, 60:90] = 1
    (reason,) = skin_oversharpening(patches(skin(), bare=bare)).reasons()
    assert reason == "324 px of lit skin face the camera: 1000 are needed"
    ribbons = (torch.arange(SIDE) % 40 < 18).float().expand(1, N, SIDE, SIDE)
    assert skin_oversharpening(patches(skin(), bare=ribbons)).reasons() == [
        "lit skin is in pieces under 20 px wide"
    ]
    nobody = SkinPatches(
        torch.zeros(1, N, 3, SIDE, SIDE),
        torch.zeros(1, N, SIDE, SIDE),
        torch.tensor([torch.nan]),
        (Refusal(torch.tensor([True]), "no face"),),
    )
    assert skin_oversharpening(nobody).reasons() == ["no face"]
