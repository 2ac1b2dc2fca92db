"""Fields of strands of known contrast and direction, on the windows that hair is read in."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightmeter.measure.hair.strands import STRANDS, Strands, strands
from lightmeter.optics.spectrum import periodogram
from lightmeter.optics.transfer import encoded_from_linear, linear_from_encoded
from lightmeter.see.hair_patches import CELL, COUNT, SIDE, HairPatches
from lightmeter.see.tiles import Tiles

WIDTH = 320.0
TILES = 100

Read = Callable[..., Strands]
Fields = Callable[..., Tensor]


def _noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _wave(contrast: float, width: float = WIDTH, degrees: float = 20.0, cycles: float = 45) -> Tensor:
    """(1, N, S, S) log luminance: strands that run at an angle, `degrees` off the columns."""
    turn = math.radians(degrees)
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    line = torch.cos(2 * math.pi * cycles / width * (x * math.cos(turn) + y * math.sin(turn)))
    return (contrast * line).expand(1, COUNT, SIDE, SIDE)


def _expected(contrast: float, cycles: float = 45) -> float:
    # sigma = width / 300 and f = cycles / width, so u = 2 (pi cycles / 300)^2 at any width; the RMS of a
    # wave is its amplitude over sqrt(2).
    u = 2 * (math.pi * cycles / STRANDS) ** 2
    return 100 * contrast * (math.exp(-u) - math.exp(-4 * u)) / math.sqrt(2)


@pytest.fixture(scope="session")
def noise() -> Fields:
    """`noise(*shape, seed=0)`: white, of deviation 1."""
    return _noise


@pytest.fixture(scope="session")
def wave() -> Fields:
    """`wave(contrast, width=320, degrees=20, cycles=45)`: see `_wave`."""
    return _wave


@pytest.fixture(scope="session")
def expected() -> Callable[..., float]:
    """`expected(contrast, cycles=45)`: percent, what a wave reads."""
    return _expected


@pytest.fixture(scope="session")
def read_of() -> Read:
    """`read_of(log, ...)`: strands of log luminance (B, N, S, S) around 0.2, with grain in gamma-coded luma.

    The grain is on the tiles too, as it is on all of a picture, unless `unseen`.
    """

    def build(
        log: Tensor,
        width: float = WIDTH,
        grain: float = 0.0,
        level: float = 0.2,
        unseen: bool = False,
        lit: int = COUNT,
    ) -> Strands:
        coded = encoded_from_linear(level * torch.exp(log)) + grain * _noise(*log.shape, seed=1)
        count = len(log)
        luma = 0.5 + (0 if unseen else grain) * _noise(count, TILES, 32, 32, seed=2)
        far = (torch.arange(SIDE) + 0.5 - SIDE / 2).abs() < CELL / 2 * width
        cell = (far[:, None] & far).float().expand(count, COUNT, SIDE, SIDE)
        patches = HairPatches(
            light=linear_from_encoded(coded),
            hair=cell * (torch.arange(COUNT) < lit)[:, None, None],
            centre=torch.zeros(count, COUNT, 2),
            face_width=torch.full((count,), width),
            pooled=torch.ones(count),
            cells=torch.full((count,), COUNT),
        )
        open_ = torch.ones(count, TILES, dtype=torch.bool)
        tiles = Tiles(
            luma,
            periodogram(luma),
            open_,
            torch.zeros(count, TILES, 2),
            torch.ones(count),
            torch.zeros(count),
        )
        return strands(patches, tiles)

    return build
