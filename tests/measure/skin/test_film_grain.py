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
from lightmeter.see.natives import natives
from lightmeter.see.patches import SIDE, SkinPatches
from lightmeter.see.regions import FaceMesh
from lightmeter.see.tiles import Tiles, tiles

SIZE = 512
SLOPE = 2.4 / (0.5 + 0.055)
"""Of log luminance over code, at code 0.5."""


def noisy(sigma: float, base: np.ndarray | None = None, seed: int = 0) -> Picture:
    """8 bits of Gaussian noise of so many codes of 255 over a base in codes of 0..1, mid-grey without one."""
    plain = np.full((SIZE, SIZE), 0.5) if base is None else base
    codes = plain + np.random.default_rng(seed).normal(0, sigma / 255, plain.shape)
    return Picture(np.rint(255 * codes.clip(0, 1)).astype(np.uint8)[..., None].repeat(3, 2), None, "")


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
    cut = tiles((picture,), natives((picture,), frame))
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


def fading(stops: float, angle: float) -> np.ndarray:
    """(SIZE, SIZE) codes of a ramp even in stops, from corner to corner along `angle` deg."""
    y, x = np.mgrid[:SIZE, :SIZE] / (SIZE - 1) - 0.5
    along = np.cos(np.radians(angle)) * x - np.sin(np.radians(angle)) * y
    light = 0.3 * 2.0 ** (stops * along / (2 * np.abs(along).max()))
    return 1.055 * light ** (1 / 2.4) - 0.055


BACKDROPS = {
    "1 stop": fading(1, 180),
    "2 stops": fading(2, 180),
    "2 stops aslant": fading(2, 35),
    "3 stops": fading(3, 180),
    "3 stops upwards": fading(3, 90),
    "blots out of focus": np.clip(textured(6.0, 0.04), 0.1, 0.9),
}
"""No noise at all before rounding to 8 bits."""


@pytest.mark.parametrize("name", BACKDROPS)
def test_a_gradient_and_texture_out_of_focus_are_no_grain(name: str) -> None:
    # The skin has power of its own, so it is the backdrop alone that tells.
    assert float(measured(noisy(0.0, BACKDROPS[name]), skin=noisy(1.5)).value) < 0.05


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("name", BACKDROPS)
def test_noise_over_them_is_read_back(name: str, sigma: float) -> None:
    value = float(measured(noisy(sigma, BACKDROPS[name]), skin=noisy(sigma)).value)
    assert value == pytest.approx(100 * SLOPE * sigma / 255, rel=0.05)


def test_noise_under_a_code_is_read_in_16_bits_alone() -> None:
    # Rounding to 8 bits leaves 1/12 of a squared code: with it, 0.42 would be read.
    codes = 0.5 + np.random.default_rng(0).normal(0, 0.3 / 255, (SIZE, SIZE, 1)).repeat(3, 2)
    deep = Picture(np.rint(65535 * codes).astype(np.uint16), None, "")
    assert float(measured(deep).value) == pytest.approx(100 * SLOPE * 0.3 / 255, rel=0.05)
    assert float(measured(noisy(0.3)).value) < 100 * SLOPE * 0.4 / 255


def test_banding_is_no_grain() -> None:
    steps = np.rint(fading(2, 180) * 24) / 24
    assert float(measured(noisy(0.0, steps), skin=noisy(1.5)).value) < 0.05
    value = float(measured(noisy(2.0, steps), skin=noisy(2.0)).value)
    assert value == pytest.approx(100 * SLOPE * 2 / 255, rel=0.05)


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
    # At most 6 times what white noise of the skin's 0.5 codes, and rounding's 1/12, have in the pore band.
    found, patches = known(noisy(0.5, textured(3.0, 0.1)), skin=noisy(0.5))
    gain = float(band_gain(32, pore_sigma(patches.face_width)).sum())
    assert float(found.pore) < 6.5 * gain * (0.5**2 + 1 / 12) / 255**2
    shared, _ = known(noisy(0.5, textured(3.0, 0.1)))
    assert float(shared.pore) > 4 * float(found.pore)


def enlarged(picture: Picture, times: int) -> Picture:
    """By interpolation with a raised cosine, which passes little above the old Nyquist frequency."""
    codes = torch.from_numpy(picture.encoded[..., 0].astype(np.float32))[None, None]
    size = (SIZE * times, SIZE * times)
    grown = torch.nn.functional.interpolate(codes, size=size, mode="bicubic", align_corners=False)
    codes8 = grown[0, 0].round().clamp(0, 255).numpy().astype(np.uint8)
    return Picture(codes8[..., None].repeat(3, 2), None, "")


def cutoff(picture: Picture) -> float:
    found: Tensor = detail(tiles((picture,), natives((picture,), torch.zeros(1, 3, SIZE, SIZE)))).cutoff
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
    together: Tiles = tiles(pictures, natives(pictures, frame))
    alone = tiles(pictures[1:], natives(pictures[1:], frame[1:]))
    assert torch.equal(together.luma[1:], alone.luma)
    assert torch.equal(detail(together).cutoff[1:], detail(alone).cutoff)
