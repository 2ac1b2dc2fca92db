"""The spectrum of skin on waves of known contrast and pitch, and the figures of photographs it is beside."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from lightmeter.measure.skin.detail import Detail
from lightmeter.measure.skin.grain import Grain
from lightmeter.measure.skin.photographs import PITCHES, photographs
from lightmeter.measure.skin.pore_band import pore_band
from lightmeter.measure.skin.skin_spectrum import FACE, GRAIN, skin_spectrum
from lightmeter.measure.skin.skin_texture import skin_texture
from lightmeter.measure.skin.skin_windows import skin_windows
from lightmeter.optics.spectrum import periodogram
from lightmeter.see.patches import SIDE, SkinPatches
from lightmeter.see.regions import FaceMesh, Matte
from lightmeter.see.tiles import SIDE as TILE
from lightmeter.see.tiles import Tiles

N = 7
WIDTH = 400.0


def wave(contrast: float, cycles: float) -> Tensor:
    """(1, N, 3, S, S): 0.3 exp(contrast cos), a pure wave in log luminance."""
    line = contrast * torch.cos(2 * math.pi * cycles / WIDTH * torch.arange(SIDE))
    return (0.3 * torch.exp(line)).expand(1, N, 3, SIDE, SIDE)


@pytest.fixture(scope="module")
def read() -> Callable[..., tuple[dict[str, Tensor], float]]:
    """`read(linear, noise, cutoff)`: curves, and `skin_texture`, of a face of 400 pixels in a plain frame."""

    def measured(linear: Tensor, noise: float = 0.0, cutoff: float = 0.5) -> tuple[dict[str, Tensor], float]:
        width = torch.tensor([WIDTH])
        found = SkinPatches(linear, torch.ones(1, N, SIDE, SIDE), width)
        grain = Grain(*(torch.tensor([each]) for each in (0.0, 0.0, 1.0, 1.0, 100.0, 0.0)))
        face = FaceMesh(torch.full((1, 478, 3), 250.0), torch.tensor([True]), torch.tensor([1]), width)
        detail = Detail(torch.tensor([cutoff]))
        luma = 0.5 + noise * torch.randn(1, 40, TILE, TILE, generator=torch.Generator().manual_seed(0))
        corner = torch.zeros(1, 40, 2)
        tiles = Tiles(
            luma,
            periodogram(luma),
            torch.ones(1, 40, dtype=torch.bool),
            corner,
            torch.ones(1),
            torch.zeros(1),
        )
        windows = skin_windows(found)
        band = pore_band(windows, found, grain, detail, face, Matte(torch.ones(1, 1, 500, 500)))
        curves = skin_spectrum(windows, band, tiles, detail, found, face).spectra
        return dict(curves), float(skin_texture(band).value)

    return measured


def gain(cycles: float, pitch: float) -> float:
    # u = 2 (pi sigma f)^2 with sigma = 0.153 / pitch face widths; RMS of a cosine is 1 / sqrt 2.
    u = 2 * (math.pi * 0.153 * cycles / pitch) ** 2
    return (math.exp(-u) - math.exp(-4 * u)) / math.sqrt(2)


@pytest.mark.parametrize("cycles", [22.5, 45.0, 90.0])
def test_a_wave_reads_what_each_band_passes_of_it(
    read: Callable[..., tuple[dict[str, Tensor], float]], cycles: float
) -> None:
    curves, _ = read(wave(0.05, cycles))
    for pitch, contrast in zip(PITCHES, curves[FACE][0].tolist(), strict=True):
        assert contrast == pytest.approx(5 * gain(cycles, pitch), abs=0.12)


def test_the_fifth_band_is_skin_texture(read: Callable[..., tuple[dict[str, Tensor], float]]) -> None:
    curves, texture = read(wave(0.05, 40))
    assert PITCHES[4] == pytest.approx(45.9)
    assert float(curves[FACE][0, 4]) == pytest.approx(texture, rel=1e-4)


def test_more_grain_in_the_picture_leaves_less_skin(
    read: Callable[..., tuple[dict[str, Tensor], float]],
) -> None:
    generator = torch.Generator().manual_seed(1)
    skin = 0.3 * torch.exp(0.03 * torch.randn(1, N, 1, SIDE, SIDE, generator=generator)).expand(
        1, N, 3, SIDE, SIDE
    )
    none, some, more = (read(skin, noise)[0] for noise in (0.0, 0.004, 0.008))
    assert (none[GRAIN] < 0.01).all()
    assert (more[GRAIN] > some[GRAIN]).all()
    assert (none[FACE] > some[FACE]).all()
    assert (some[FACE] > more[FACE]).all()


def test_beyond_the_pictures_detail_nothing_is_known(
    read: Callable[..., tuple[dict[str, Tensor], float]],
) -> None:
    known = read(wave(0.05, 40), cutoff=0.2)[0][FACE][0].isfinite().tolist()
    assert known == [pitch <= 80 for pitch in PITCHES]


def test_nothing_is_drawn_where_texture_is_not_measured(
    read: Callable[..., tuple[dict[str, Tensor], float]],
) -> None:
    curves, texture = read(wave(0.05, 40), cutoff=0.1)
    assert math.isnan(texture)
    assert curves[FACE].isnan().all() and curves[GRAIN].isnan().all()


def test_photographs_are_known_at_every_pitch_and_their_percentiles_are_in_order() -> None:
    known = photographs()
    assert known.pitches == PITCHES
    for low, middle, high in zip(known.low, known.middle, known.high, strict=True):
        assert 0 < low <= middle <= high
    assert all(coarse > fine for coarse, fine in pairwise(known.middle))
    assert f"{known.count} photographs" in known.how
