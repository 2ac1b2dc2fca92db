"""The skin_texture family on waves of known contrast and pitch, and on what must not count."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lightmeter.measure.registry import PerImage
from lightmeter.measure.skin.detail import Detail
from lightmeter.measure.skin.grain import Grain
from lightmeter.measure.skin.pore_band import CHEEKS, NOSE, PoreBand, pore_band
from lightmeter.measure.skin.skin_texture import skin_texture, smooth_skin
from lightmeter.measure.skin.skin_texture_cheeks import skin_texture_cheeks
from lightmeter.measure.skin.skin_texture_chin import skin_texture_chin
from lightmeter.measure.skin.skin_texture_forehead import skin_texture_forehead
from lightmeter.measure.skin.skin_texture_nose import skin_texture_nose
from lightmeter.measure.skin.skin_windows import skin_windows
from lightmeter.optics.spectrum import blurred
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.see.canvas import canvas
from lightmeter.see.patches import SIDE, SkinPatches
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import FaceMesh, Matte

N = 7
PITCH = 45  # cycles per face width: a whole number per window at face widths of 300 and 400


def wave(contrast: float, width: float, cycles: float = PITCH) -> Tensor:
    """(1, N, 3, S, S): 0.3 exp(contrast cos), a pure wave in log luminance."""
    line = contrast * torch.cos(2 * math.pi * cycles / width * torch.arange(SIDE))
    return (0.3 * torch.exp(line)).expand(1, N, 3, SIDE, SIDE)


def mottled(sigma: float = 0.0, seed: int = 0) -> Tensor:
    """(1, N, 3, S, S): noise in log luminance, blurred by sigma pixels."""
    noise = 0.1 * torch.randn(1, N, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))
    return (0.3 * torch.exp(blurred(noise, torch.tensor([sigma]))))[:, :, None].expand(-1, -1, 3, -1, -1)


def patches(linear: Tensor, width: float = 400.0, bare: Tensor | None = None) -> SkinPatches:
    return SkinPatches(
        linear, torch.ones(1, N, SIDE, SIDE) if bare is None else bare, torch.tensor([float(width)])
    )


def no_grain(pore: float = 0.0, skin: float = 1.0) -> Grain:
    return Grain(*(torch.tensor([each]) for each in (pore, 0.0, skin, 1.0, 100.0, 0.0)))


def face_of(width: float) -> FaceMesh:
    """Every place in the middle of a frame of 500 pixels."""
    points = torch.full((1, 478, 3), 250.0)
    return FaceMesh(points, torch.tensor([True]), torch.tensor([1]), torch.tensor([float(width)]))


def known(
    found: SkinPatches, grain: Grain | None = None, cutoff: float = 0.5, native: SkinPatches | None = None
) -> PoreBand:
    return pore_band(
        skin_windows(found),
        native or found,
        grain or no_grain(),
        Detail(torch.tensor([cutoff])),
        face_of(float(found.face_width)),
        Matte(torch.ones(1, 1, 500, 500)),
    )


def texture(linear: Tensor, width: float = 400.0, bare: Tensor | None = None) -> float:
    return float(skin_texture(known(patches(linear, width, bare))).value)


def expected(contrast: float, cycles: float = PITCH) -> float:
    # sigma = width / 300 and f = cycles / width, so u = 2 (pi cycles / 300)^2 at any width; the RMS of a
    # wave is its amplitude over sqrt(2).
    u = 2 * (math.pi * cycles / 300) ** 2
    return 100 * contrast * (math.exp(-u) - math.exp(-4 * u)) / math.sqrt(2)


@pytest.mark.parametrize("contrast", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("width", [200, 300, 400])
def test_rms_of_a_wave_at_any_size(contrast: float, width: float) -> None:
    # The quartile over places whose window is not quite a whole number of waves: 3 %.
    assert texture(wave(contrast, width), width) == pytest.approx(expected(contrast), rel=0.03)


@pytest.mark.parametrize("cycles", [15, 30, 60, 75])
def test_the_gain_of_the_band(cycles: float) -> None:
    assert texture(wave(0.05, 400, cycles), 400) == pytest.approx(expected(0.05, cycles), rel=0.05)


def test_smooth_skin_is_zero() -> None:
    assert texture(torch.full((1, N, 3, SIDE, SIDE), 0.3)) < 1e-3


def test_exposure_skin_tone_and_mirror_do_not_matter() -> None:
    one = texture(mottled())
    assert texture(0.25 * mottled()) == pytest.approx(one, rel=1e-3)  # two stops darker
    tone = torch.tensor([0.9, 0.4, 0.2])[:, None, None]
    assert texture(tone * mottled()) == pytest.approx(one, rel=1e-3)
    assert texture(mottled().flip(-1)) == pytest.approx(one, rel=0.02)  # every fourth pixel is looked at


@pytest.mark.parametrize("stops", [1.0, 3.0])
def test_a_smooth_gradient_does_not_leak_in(stops: float) -> None:
    # So many stops over a face width, across a window of 160 / 400 of it.
    ramp = torch.exp2(-stops * torch.arange(SIDE) / 400)
    assert texture(ramp * wave(0.05, 400)) == pytest.approx(expected(0.05), rel=0.05)
    assert texture(ramp.expand(1, N, 3, SIDE, SIDE)) < 0.15 * stops


def test_blur_lowers_it() -> None:
    found = [texture(mottled(sigma)) for sigma in (0.0, 1.0, 2.0, 4.0)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < found[0] / 4


def test_rises_in_proportion_to_contrast() -> None:
    found = [texture(wave(contrast, 400), 400) for contrast in (0.01, 0.02, 0.04)]
    assert found == pytest.approx([found[0], 2 * found[0], 4 * found[0]], rel=1e-3)


def test_wrinkles_in_half_of_the_places_do_not_count() -> None:
    linear = wave(0.02, 400).clone()
    linear[:, :3] = wave(0.4, 400)[:, :3]
    assert texture(linear) == pytest.approx(expected(0.02), rel=0.05)


def test_what_is_not_skin_does_not_count() -> None:
    linear, bare = wave(0.02, 400).clone(), torch.ones(1, N, SIDE, SIDE)
    linear[..., 100:], bare[..., 100:] = 0.3 * torch.rand(60), 0.0  # hair in a part of every window
    assert texture(linear, bare=bare) == pytest.approx(expected(0.02), rel=0.25)


def test_what_the_matte_calls_hair_does_not_count() -> None:
    linear, covered = wave(0.02, 400).clone(), torch.ones(1, 1, 500, 500)
    linear[..., 80:], covered[..., 250:] = 0.3 + 0.1 * torch.rand(80), 0.0
    found = patches(linear)
    band = pore_band(
        skin_windows(found), found, no_grain(), Detail(torch.tensor([0.5])), face_of(400), Matte(covered)
    )
    assert float(skin_texture(band).value) == pytest.approx(expected(0.02), rel=0.25)


def test_the_power_of_grain_is_taken_off_at_the_skins_own_level() -> None:
    # d log L / d code is 2.4 / (code + 0.055): grain of variance g in code is g times its square in log.
    # 0.75 of it is taken.
    code = float(encoded_from_linear(torch.tensor(0.3)))
    half = (0.5 * (expected(0.05) / 100) ** 2) * ((code + 0.055) / 2.4) ** 2 / 0.75
    found = skin_texture(known(patches(wave(0.05, 400)), no_grain(half)))
    assert float(found.value) == pytest.approx(expected(0.05) / math.sqrt(2), rel=0.05)
    assert float(skin_texture(known(patches(wave(0.05, 400)), no_grain(10 * half))).value) == 0


def test_grain_and_a_dead_top_octave_widen_the_error() -> None:
    found = patches(mottled(1.0))
    plain, grainy, dead = (
        skin_texture(known(found, grain)) for grain in (no_grain(), no_grain(1e-6), no_grain(skin=1e-9))
    )
    errors = [result.error for result in (plain, grainy, dead)]
    assert all(error is not None for error in errors)
    assert errors[0] < errors[1]
    assert float(errors[2]) >= 0.15 * float(dead.value)


REGIONS: dict[str, tuple[Callable[[PoreBand], PerImage], int]] = {
    "forehead": (skin_texture_forehead, 0),
    "cheeks": (skin_texture_cheeks, 3),
    "nose": (skin_texture_nose, 5),
    "chin": (skin_texture_chin, 6),
}


@pytest.mark.parametrize("region", REGIONS)
def test_each_region_looks_at_its_own_place(region: str) -> None:
    function, window = REGIONS[region]
    linear = wave(0.02, 400).clone()
    linear[:, window] = wave(0.1, 400)[:, window]
    band = known(patches(linear))
    for name, (other, _) in REGIONS.items():
        value = float(other(band).value)
        if name != region:
            assert value == pytest.approx(expected(0.02), rel=0.03)
        elif region in ("nose", "chin"):  # of the others the lower quartile is the smoother window
            assert value == pytest.approx(expected(0.1), rel=0.03)
    assert NOSE != CHEEKS
    assert function(band).reasons() == [""]


def test_a_narrow_face_is_refused_with_its_width() -> None:
    assert skin_texture(known(patches(mottled(), 159.4))).reasons() == ["face is 159 px wide: pores need 160"]
    assert skin_texture(known(patches(mottled(), 160))).reasons() == [""]


def test_an_enlarged_face_is_refused_with_what_it_holds() -> None:
    (reason,) = skin_texture(known(patches(mottled(), 300), cutoff=0.25)).reasons()
    assert reason == "enlarged: the face holds detail for about 150 px of width, pores need 160"
    assert skin_texture(known(patches(mottled(), 400), cutoff=0.25)).reasons() == [""]


def test_too_little_skin_is_refused_with_its_area() -> None:
    bare = torch.zeros(1, N, SIDE, SIDE)
    bare[:, 0, 65:95, 65:95] = 1  # 900 px before its rim is taken off
    (reason,) = skin_texture(known(patches(mottled(), bare=bare))).reasons()
    assert reason.endswith("of 3 % of a squared face width of lit skin in sight")


@pytest.mark.parametrize("level", [0.97, 1.0])
def test_burnt_out_skin_is_refused(level: float) -> None:
    (reason,) = skin_texture(known(patches(torch.full((1, N, 3, SIDE, SIDE), level)))).reasons()
    assert reason.startswith("0.00 of 3 %")


def test_not_measured_without_a_face() -> None:
    nothing = SkinPatches(
        torch.zeros(1, N, 3, SIDE, SIDE),
        torch.zeros(1, N, SIDE, SIDE),
        torch.tensor([torch.nan]),
        (Refusal(torch.tensor([True]), "no face"),),
    )
    missing = replace(face_of(1), points=torch.full((1, 478, 3), torch.nan), width=torch.tensor([torch.nan]))
    band = pore_band(
        skin_windows(nothing),
        nothing,
        no_grain(),
        Detail(torch.tensor([0.5])),
        missing,
        Matte(torch.zeros(1, 1, 9, 9)),
    )
    assert skin_texture(band).reasons() == ["no face"]


def test_smooth_skin_glows_and_mottled_skin_does_not() -> None:
    for linear, low, high in ((torch.full((1, N, 3, SIDE, SIDE), 0.3), 0.99, 1.0), (mottled(), 0.0, 0.01)):
        found = patches(linear)
        marks = smooth_skin(canvas(torch.zeros(1, 3, 500, 500)), face_of(400), found, known(found))
        (area,) = marks.areas.values()
        assert area.shape == (1, 1, 448, 448)
        assert low <= float(area[0, 0, 220:228, 220:228].mean()) <= high
        assert (area[..., :134, :] == 0).all()
