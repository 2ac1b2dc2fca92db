"""skin_texture on waves of known contrast and pitch, and on what must not count."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lightmeter.measure.skin.skin_texture import skin_texture
from lightmeter.optics.spectrum import blurred
from lightmeter.see.patches import SIDE, SkinPatches
from lightmeter.see.provide import Refusal

N = 7
PITCH = 45  # cycles per face width: a whole number per window at face widths of 300, 400 and 600


def wave(contrast: float, width: float, cycles: float = PITCH) -> Tensor:
    """(1, N, 3, S, S): 0.3 exp(contrast cos), a pure wave in log luminance."""
    line = contrast * torch.cos(2 * math.pi * cycles / width * torch.arange(SIDE))
    return (0.3 * torch.exp(line)).expand(1, N, 3, SIDE, SIDE)


def grain(sigma: float = 0.0, seed: int = 0) -> Tensor:
    """(1, N, 3, S, S): noise in log luminance, blurred by sigma pixels."""
    noise = 0.1 * torch.randn(1, N, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))
    return (0.3 * torch.exp(blurred(noise, torch.tensor([sigma]))))[:, :, None].expand(-1, -1, 3, -1, -1)


def patches(linear: Tensor, width: float = 600.0, bare: Tensor | None = None) -> SkinPatches:
    return SkinPatches(
        linear, torch.ones(1, N, SIDE, SIDE) if bare is None else bare, torch.tensor([float(width)])
    )


def texture(linear: Tensor, width: float = 600.0, bare: Tensor | None = None) -> float:
    return float(skin_texture(patches(linear, width, bare)).value)


def expected(contrast: float, cycles: float = PITCH) -> float:
    # sigma = width / 300 and f = cycles / width, so u = 2 (pi cycles / 300)^2 at any width; the RMS of a
    # wave is its amplitude over sqrt(2).
    u = 2 * (math.pi * cycles / 300) ** 2
    return 100 * contrast * (math.exp(-u) - math.exp(-4 * u)) / math.sqrt(2)


@pytest.mark.parametrize("contrast", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("width", [300, 400, 600])
def test_rms_of_a_wave_at_any_size(contrast: float, width: float) -> None:
    # The quartile over places whose window is not quite a whole number of waves: 3 %.
    assert texture(wave(contrast, width), width) == pytest.approx(expected(contrast), rel=0.03)


@pytest.mark.parametrize("cycles", [15, 30, 60, 75])
def test_the_gain_of_the_band(cycles: float) -> None:
    assert texture(wave(0.05, 600, cycles), 600) == pytest.approx(expected(0.05, cycles), rel=0.05)


def test_smooth_skin_is_zero() -> None:
    assert texture(torch.full((1, N, 3, SIDE, SIDE), 0.3)) < 1e-3


def test_exposure_skin_tone_and_mirror_do_not_matter() -> None:
    one = texture(grain())
    assert texture(0.25 * grain()) == pytest.approx(one, rel=1e-3)
    tone = torch.tensor([0.9, 0.4, 0.2])[:, None, None]
    assert texture(tone * grain()) == pytest.approx(one, rel=1e-3)
    assert texture(grain().flip(-1)) == pytest.approx(one, rel=1e-3)


@pytest.mark.parametrize("stops", [1.0, 3.0])
def test_a_smooth_gradient_does_not_leak_in(stops: float) -> None:
    # So many stops over a face width, across a window of 160 / 600 of it.
    ramp = torch.exp2(-stops * torch.arange(SIDE) / 600)
    assert texture(ramp * wave(0.05, 600)) == pytest.approx(expected(0.05), rel=0.05)
    assert texture(ramp.expand(1, N, 3, SIDE, SIDE)) < 0.15 * stops


def test_blur_lowers_it() -> None:
    found = [texture(grain(sigma)) for sigma in (0.0, 1.0, 2.0, 4.0)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < found[0] / 4


def test_rises_in_proportion_to_contrast() -> None:
    found = [texture(wave(contrast, 400), 400) for contrast in (0.01, 0.02, 0.04)]
    assert found == pytest.approx([found[0], 2 * found[0], 4 * found[0]], rel=1e-3)


def test_wrinkles_in_half_of_the_places_do_not_count() -> None:
    linear = wave(0.02, 600).clone()
    linear[:, :3] = wave(0.4, 600)[:, :3]
    assert texture(linear) == pytest.approx(expected(0.02), rel=0.05)


def test_what_is_not_skin_does_not_count() -> None:
    linear, bare = wave(0.02, 600).clone(), torch.ones(1, N, SIDE, SIDE)
    linear[..., 100:], bare[..., 100:] = 0.3 * torch.rand(60), 0.0  # hair in a part of every window
    assert texture(linear, bare=bare) == pytest.approx(expected(0.02), rel=0.25)


def test_a_narrow_face_is_refused_with_its_width() -> None:
    assert skin_texture(patches(grain(), 159.4)).reasons() == ["face is 159 px wide: pores need 160"]
    assert skin_texture(patches(grain(), 160)).reasons() == [""]


def test_too_little_skin_is_refused_with_its_area() -> None:
    bare = torch.zeros(1, N, SIDE, SIDE)
    bare[:, 0, 60:90, 60:90] = 1  # 900 px before its rim is taken off
    (reason,) = skin_texture(patches(grain(), bare=bare)).reasons()
    assert reason.endswith("px of lit skin face the camera: 1000 are needed")


@pytest.mark.parametrize("level", [0.97, 1.0])
def test_burnt_out_skin_is_refused(level: float) -> None:
    (reason,) = skin_texture(patches(torch.full((1, N, 3, SIDE, SIDE), level))).reasons()
    assert reason == "0 px of lit skin face the camera: 1000 are needed"


def test_not_measured_without_a_face() -> None:
    nothing = SkinPatches(
        torch.zeros(1, N, 3, SIDE, SIDE),
        torch.zeros(1, N, SIDE, SIDE),
        torch.tensor([torch.nan]),
        (Refusal(torch.tensor([True]), "no face"),),
    )
    assert skin_texture(nothing).reasons() == ["no face"]
