"""film_grain and the providers below it, on noise of known size over pictures of known kind."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from lightmeter.measure.registry import PerImage
from lightmeter.measure.skin.detail import detail
from lightmeter.measure.skin.film_grain import film_grain
from lightmeter.measure.skin.grain import Grain, grain, pore_sigma
from lightmeter.optics.spectrum import band_gain
from lightmeter.read.picture import Picture
from lightmeter.see.patches import SIDE, SkinPatches
from lightmeter.see.regions import FaceMesh
from lightmeter.see.tiles import Tiles, tiles

SIZE = 512
SLOPE = 2.4 / (0.5 + 0.055)
"""Of log luminance over code, at code 0.5."""


def noisy(sigma: float, base: np.ndarray | None = None, seed: int = 0) -> Picture:
    """Gaussian noise of so many codes of 255 over a base in codes of 0..1, mid-grey without one."""
    plain = np.full((SIZE, SIZE), 0.5) if base is None else base
    codes = plain + np.random.default_rng(seed).normal(0, sigma / 255, plain.shape)
    return Picture(np.rint(65535 * codes.clip(0, 1)).astype(np.uint16)[..., None].repeat(3, 2), None, "")


def textured(power: float = 2.0, contrast: float = 0.05) -> np.ndarray:
    """(SIZE, SIZE) codes whose power falls with this power of frequency: out of focus at 4, sharp at 2."""
    phase = np.fft.rfft2(np.random.default_rng(1).normal(size=(SIZE, SIZE)))
    r = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE))
    field = np.fft.irfft2(phase / np.maximum(r, 1 / SIZE) ** (power / 2), s=(SIZE, SIZE))
    return 0.5 + contrast * (field - field.mean()) / field.std()


def face_at(x: float, y: float, width: float) -> FaceMesh:
    around = torch.rand(478, 3, generator=torch.Generator().manual_seed(0))
    around[:2] = torch.tensor(((0.0, 0.0, 0.0), (1.0, 1.0, 0.0)))
    points = torch.tensor((x, y, 0.0)) + (around - 0.5) * width
    return FaceMesh(points[None], torch.tensor([True]), torch.tensor([1]), torch.tensor([width]))


def skin_of(picture: Picture, width: float = 300.0) -> SkinPatches:
    """Seven windows on the picture's middle."""
    window = picture.window(176, 176, SIDE, SIDE)
    return SkinPatches(
        window.expand(1, 7, 3, SIDE, SIDE), torch.ones(1, 7, SIDE, SIDE), torch.tensor([width])
    )


def known(picture: Picture, skin: Picture | None = None, width: float = 200.0) -> tuple[Grain, SkinPatches]:
    """As `grain` finds it around a face of `width` in the middle."""
    frame = torch.zeros(1, 3, picture.height, picture.width)
    cut = tiles((picture,), frame)
    patches = skin_of(skin or picture, 300.0)
    return grain(cut, detail(cut), patches, face_at(SIZE / 2, SIZE / 2, width)), patches


def measured(picture: Picture, skin: Picture | None = None, width: float = 200.0) -> PerImage:
    return film_grain(*known(picture, skin, width))


@pytest.mark.parametrize("sigma", [1.0, 4.0, 12.0])
def test_noise_of_known_size_is_read_back(sigma: float) -> None:
    value = float(measured(noisy(sigma)).value)
    assert value == pytest.approx(100 * SLOPE * sigma / 255, rel=0.05)


def test_proportional_to_the_noise() -> None:
    found = [float(measured(noisy(sigma)).value) for sigma in (2.0, 4.0, 8.0)]
    assert found == pytest.approx([found[0], 2 * found[0], 4 * found[0]], rel=0.02)


def test_a_gradient_is_no_grain() -> None:
    ramp = np.linspace(0.3, 0.7, SIZE)[None].repeat(SIZE, 0)
    assert float(measured(noisy(0.0, ramp)).value) < 0.05
    assert float(measured(noisy(4.0, ramp)).value) == pytest.approx(100 * SLOPE * 4 / 255, rel=0.1)


def test_textured_clothes_beside_a_plain_backdrop_do_not_count() -> None:
    base = np.full((SIZE, SIZE), 0.5)
    base[SIZE // 2 :] = textured()[SIZE // 2 :]
    plain = noisy(3.0)
    assert float(measured(noisy(3.0, base), plain).value) == pytest.approx(100 * SLOPE * 3 / 255, rel=0.1)


def test_noise_on_the_backdrop_alone_is_not_shared() -> None:
    assert float(measured(noisy(6.0), skin=noisy(1.0)).value) == pytest.approx(100 * SLOPE / 255, rel=0.1)
    assert float(measured(noisy(1.0), skin=noisy(6.0)).value) == pytest.approx(100 * SLOPE / 255, rel=0.1)


def test_mirror_does_not_matter() -> None:
    base = textured(contrast=0.02)
    one = float(measured(noisy(4.0, base)).value)
    picture = noisy(4.0, base)
    mirrored = Picture(np.ascontiguousarray(picture.encoded[:, ::-1]), None, "")
    assert float(measured(mirrored).value) == pytest.approx(one, rel=0.01)


def test_texture_everywhere_is_refused() -> None:
    wave = 0.05 * np.cos(2 * np.pi * np.arange(SIZE) / 6)  # cloth woven from threads of 6 pixels
    (reason,) = measured(noisy(1.0, 0.5 + wave + wave[:, None])).reasons()
    assert reason == "the smoothest places off the face are texture, not noise"


def test_a_face_that_fills_the_picture_leaves_nothing_to_compare() -> None:
    result = measured(noisy(4.0), width=520.0)
    assert result.reasons() == ["0 of 400 tiles off the face are unclipped: 12 are needed"]


def test_clipped_backdrops_are_not_noiseless() -> None:
    (reason,) = measured(noisy(4.0, np.zeros((SIZE, SIZE))), noisy(4.0)).reasons()
    assert reason.endswith("tiles off the face are unclipped: 12 are needed")


@pytest.mark.parametrize("sigma", [2.0, 6.0])
def test_the_pore_bands_share_of_white_noise(sigma: float) -> None:
    # White noise of variance v keeps the sum of the squared gain over all frequencies.
    found, patches = known(noisy(sigma))
    gain = float(band_gain(32, pore_sigma(patches.face_width)).sum())
    assert float(found.pore) == pytest.approx(gain * (sigma / 255) ** 2, rel=0.15)


def test_what_skin_does_not_share_is_not_taken_from_it() -> None:
    # The skin was darkened afterwards: a quarter of the variance is left in its codes.
    all_of_it, _ = known(noisy(8.0))
    darker, _ = known(noisy(8.0), skin=noisy(4.0))
    assert float(darker.pore) == pytest.approx(0.25 * float(all_of_it.pore), rel=0.1)


def test_backdrop_texture_is_bounded_by_what_skin_holds_in_the_top_octave() -> None:
    # At most 6 times what white noise of the skin's 0.5 codes has in the pore band.
    found, patches = known(noisy(0.5, textured(3.0, 0.1)), skin=noisy(0.5))
    gain = float(band_gain(32, pore_sigma(patches.face_width)).sum())
    assert float(found.pore) < 6.5 * gain * (0.5 / 255) ** 2
    shared, _ = known(noisy(0.5, textured(3.0, 0.1)))
    assert float(shared.pore) > 4 * float(found.pore)


def enlarged(picture: Picture, times: int) -> Picture:
    """By interpolation with a raised cosine, which passes little above the old Nyquist frequency."""
    codes = torch.from_numpy(picture.encoded[..., 0].astype(np.float32))[None, None]
    size = (SIZE * times, SIZE * times)
    grown = torch.nn.functional.interpolate(codes, size=size, mode="bicubic", align_corners=False)
    codes8 = (grown[0, 0] / 257).round().clamp(0, 255).numpy().astype(np.uint8)
    return Picture(codes8[..., None].repeat(3, 2), None, "")


def cutoff(picture: Picture) -> float:
    found: Tensor = detail(tiles((picture,), torch.zeros(1, 3, SIZE, SIZE))).cutoff
    return float(found)


@pytest.mark.parametrize("power", [2.0, 3.0])
def test_sharp_and_soft_pictures_hold_detail_to_the_last_octave(power: float) -> None:
    assert cutoff(noisy(0.3, textured(power, 0.15))) == 0.5


@pytest.mark.parametrize(("times", "expected"), [(2, 0.25), (4, 0.125)])
def test_the_cutoff_of_an_enlargement(times: int, expected: float) -> None:
    found = cutoff(enlarged(noisy(0.3, textured(2.0, 0.15)), times))
    assert expected / 1.5 < found < expected * 1.5


def test_neighbours_do_not_matter(picture_of: Callable[..., Picture]) -> None:
    pictures = (noisy(2.0), noisy(5.0, textured()))
    frame = torch.zeros(2, 3, SIZE, SIZE)
    together: Tiles = tiles(pictures, frame)
    alone = tiles(pictures[1:], frame[1:])
    assert torch.equal(together.luma[1:], alone.luma)
    assert torch.equal(detail(together).cutoff[1:], detail(alone).cutoff)
