"""background_level of cards of known luminance, and the cells it is read from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from lightmeter.measure.background.backdrop import Backdrop, backdrop
from lightmeter.measure.background.background_level import background_level
from lightmeter.see.regions import Matte

Build = Callable[..., Backdrop]


@pytest.mark.parametrize("level", [0.0, 0.18, 1.0])
def test_a_card_is_its_luminance(backdrop_of: Build, level: float) -> None:
    assert float(background_level(backdrop_of(torch.full((3, 8, 8), level))).value) == pytest.approx(level)


def test_primaries_weigh_as_rec_709_says(backdrop_of: Build) -> None:
    green = torch.zeros(3, 8, 8)
    green[1] = 0.5
    assert float(background_level(backdrop_of(green)).value) == pytest.approx(0.7152 / 2)


def test_scales_with_exposure_and_a_mirror_leaves_it(backdrop_of: Build) -> None:
    cells = torch.rand(3, 9, 9, generator=torch.Generator().manual_seed(0))
    one = background_level(backdrop_of(cells)).value
    torch.testing.assert_close(background_level(backdrop_of(cells / 4)).value, one / 4)
    torch.testing.assert_close(background_level(backdrop_of(cells.flip(-1))).value, one)


def test_a_lamp_on_a_tenth_does_not_move_it(backdrop_of: Build) -> None:
    cells = torch.full((3, 10, 10), 0.05)
    cells[:, 0] = 1.0
    assert float(background_level(backdrop_of(cells)).value) == pytest.approx(0.05)


def test_cells_are_means_over_background_in_linear_light() -> None:
    # 256 px: cells of 2 x 2. One holds a lit subject's pixel that is no background, and 0.2, 0.4, 0.6.
    linear = torch.full((1, 3, 256, 256), 0.3)
    linear[..., 0, 0], linear[..., 0, 1], linear[..., 1, 0], linear[..., 1, 1] = 1.0, 0.2, 0.4, 0.6
    alpha = torch.ones(1, 1, 256, 256)
    alpha[..., 0, 0] = 0
    found = backdrop(linear, Matte(alpha))
    assert found.linear.shape == (1, 3, 128, 128)
    torch.testing.assert_close(found.linear[0, :, 0, 0], torch.full((3,), 0.4))
    assert float(found.share[0, 0, 0, 0]) == 0.75
    torch.testing.assert_close(found.median, torch.full((1, 3, 1, 1), 0.3))


def test_not_measured_without_a_background(no_background: Matte) -> None:
    result = background_level(backdrop(torch.full((1, 3, 64, 64), 0.5), no_background))
    assert result.reasons() == ["the picture is transparent: there is no backdrop"]
