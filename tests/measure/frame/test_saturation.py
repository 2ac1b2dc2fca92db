"""saturation of fields of known chroma."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightmeter.measure.frame.saturation import saturation


def field(*rgb: float) -> Tensor:
    return torch.tensor(rgb, dtype=torch.float32)[None, :, None, None].expand(1, 3, 32, 48)


def test_pure_blue() -> None:
    # Lab of sRGB blue is (32.30, 79.19, -107.86): its chroma is 133.81.
    assert float(saturation(field(0, 0, 1)).value) == pytest.approx(1.338, abs=1e-3)


@pytest.mark.parametrize("level", [0.0, 0.01, 0.5, 1.0])
def test_black_and_white_has_none(level: float) -> None:
    assert float(saturation(field(level, level, level)).value) < 1e-5


def test_is_the_mean_over_the_picture() -> None:
    half = torch.cat((field(0, 0, 1), field(0.5, 0.5, 0.5)), 3)
    assert float(saturation(half).value) == pytest.approx(1.338 / 2, abs=1e-3)


def test_a_mirror_leaves_it() -> None:
    # A width of 4 n + 1, so that every fourth pixel is the same from either end.
    picture = torch.rand(1, 3, 32, 49, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(saturation(picture.flip(-1)).value, saturation(picture).value)


def test_rises_as_colour_is_mixed_in() -> None:
    found = [float(saturation(field(0.4, 0.4 - mix, 0.4 - mix)).value) for mix in (0, 0.1, 0.2, 0.3, 0.4)]
    assert found == sorted(found)
    assert len(set(found)) == 5


def test_is_always_measured() -> None:
    assert saturation(field(0, 0, 0)).reasons() == [""]
