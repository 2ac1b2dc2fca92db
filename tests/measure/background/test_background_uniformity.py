"""background_uniformity on surfaces whose stray share and distance are known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightmeter.measure.background.backdrop import Backdrop, backdrop
from lightmeter.measure.background.background_uniformity import background_uniformity
from lightmeter.see.regions import Matte

Build = Callable[..., Backdrop]
Grey = Callable[[Tensor], Tensor]


def uniformity(found: Backdrop) -> float:
    return float(background_uniformity(found).value)


def lightness() -> Tensor:
    """(40, 64) L*: a smooth gradient with a vignette, 27 units from end to end."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, 40), torch.linspace(-1, 1, 64), indexing="ij")
    return 60 + 8 * x - 3 * y - 6 * (x**2 + y**2) + 2 * x * y


def grey(level: Tensor) -> Tensor:
    return level.expand(3, -1, -1)


@pytest.mark.parametrize("level", [0.0, 0.18, 1.0])
def test_an_even_wall_is_zero(backdrop_of: Build, level: float) -> None:
    assert uniformity(backdrop_of(torch.full((3, 30, 40), level))) < 1e-2


def test_a_quadratic_gradient_is_zero(backdrop_of: Build, grey_of: Grey) -> None:
    assert uniformity(backdrop_of(grey(grey_of(lightness())))) < 0.02


@pytest.mark.parametrize("step", [2.0, 10.0, 25.0])
def test_a_tenth_that_is_lighter_shows_as_its_distance(
    backdrop_of: Build, grey_of: Grey, step: float
) -> None:
    # Greys differ by dL / S_L with S_L = 1 + 0.015 (L' - 50)^2 / sqrt(20 + (L' - 50)^2) at the mean L'. 10 %
    # is more than the 5 % beyond the percentile, and too little to bend the robust surface by 0.3.
    cells = torch.full((40, 50), 50.0)
    cells[:8, :25] += step
    bulge = (step / 2) ** 2
    expected = step / (1 + 0.015 * bulge / (20 + bulge) ** 0.5)
    assert uniformity(backdrop_of(grey(grey_of(cells)))) == pytest.approx(expected, abs=0.3)


def test_a_fiftieth_does_not_show(backdrop_of: Build, grey_of: Grey) -> None:
    cells = torch.full((40, 50), 50.0)
    cells[:4, :10] += 25  # 2 % of it
    assert uniformity(backdrop_of(grey(grey_of(cells)))) < 0.1


def test_rises_with_the_step_and_a_mirror_leaves_it(backdrop_of: Build, grey_of: Grey) -> None:
    found = []
    for step in (1.0, 3.0, 9.0, 20.0):
        cells = lightness()
        cells[10:18, 5:40] += step
        found.append(uniformity(backdrop_of(grey(grey_of(cells)))))
        mirrored = backdrop_of(grey(grey_of(cells)).flip(-1))
        assert uniformity(mirrored) == pytest.approx(found[-1], abs=1e-3)
    assert found == sorted(found)


def test_only_background_counts(backdrop_of: Build, grey_of: Grey) -> None:
    cells, share = torch.full((40, 50), 50.0), torch.ones(40, 50)
    cells[10:30, 15:35], share[10:30, 15:35] = 90.0, 0.0  # the subject
    assert uniformity(backdrop_of(grey(grey_of(cells)), share)) < 0.02


def test_not_measured_without_a_background(no_background: Matte) -> None:
    result = background_uniformity(backdrop(torch.full((1, 3, 64, 64), 0.5), no_background))
    assert result.reasons() == ["the picture is transparent: there is no backdrop"]
