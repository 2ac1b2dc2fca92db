"""Frames that show nothing, and frames that do."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.see.content import content


def reason(encoded: Tensor) -> str:
    found = content(encoded)
    return next((r.text(0) for r in found.refusals if bool(r.when[0])), "")


def blurred(encoded: Tensor, sigma: float) -> Tensor:
    reach = math.ceil(3 * sigma)
    at = torch.arange(-reach, reach + 1, dtype=torch.float32)
    row = (-0.5 * (at / sigma) ** 2).exp()
    kernel = (row / row.sum()).expand(3, 1, 1, -1)
    wide = F.conv2d(F.pad(encoded, (reach,) * 4, mode="reflect"), kernel, groups=3)
    return F.conv2d(wide, kernel.mT, groups=3)


def noise(cell: int = 1, depth: float = 1.0) -> Tensor:
    grains = torch.rand((1, 3, 512 // cell, 512 // cell), generator=torch.Generator().manual_seed(5))
    return 0.5 + depth * (grains.repeat_interleave(cell, 2).repeat_interleave(cell, 3) - 0.5)


@pytest.fixture(scope="module")
def portrait(astronaut: Tensor) -> Tensor:
    return encoded_from_linear(astronaut)


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_one_colour_shows_nothing(level: float) -> None:
    faint = torch.randn((1, 3, 300, 200), generator=torch.Generator().manual_seed(1)) * 0.01
    for frame in (torch.full((1, 3, 300, 200), level), (level + faint).clamp(0, 1)):
        assert reason(frame) == "the frame is one even colour: there is no material to see"


@pytest.mark.parametrize(("cell", "depth"), [(1, 1.0), (2, 1.0), (4, 1.0), (4, 0.3)])
def test_noise_shows_nothing(cell: int, depth: float) -> None:
    assert reason(noise(cell, depth)) == "the frame is noise: there is no material to see"


def test_white_noise_keeps_the_share_that_averaging_leaves() -> None:
    # 256 px to 32 px: 64 pixels are averaged, so 1/64 of the variance is left.
    frame = torch.rand((1, 1, 256, 256), generator=torch.Generator().manual_seed(2)).expand(-1, 3, -1, -1)
    assert float(content(frame).coarse) == pytest.approx(1 / 64, rel=0.15)


def test_a_portrait_shows_something_in_any_light(portrait: Tensor) -> None:
    assert reason(portrait) == ""
    assert reason(portrait * 0.3) == ""
    assert reason(portrait.flip(3)) == ""
    assert reason(portrait[..., ::4, ::4]) == ""


def test_defocus_is_told_by_its_edges(portrait: Tensor) -> None:
    sigmas = [s * 438 for s in (0.005, 0.01, 0.02, 0.04)]
    edges = [float(content(blurred(portrait, sigma)).edge) for sigma in sigmas]
    assert edges == sorted(edges)
    for sigma in sigmas[1:]:
        assert reason(blurred(portrait, sigma)).startswith("nothing in the frame is in focus")


def test_the_edge_is_the_width_of_a_ramp() -> None:
    # From 0.2 to 0.8 over 8 of 200 columns, flat elsewhere: contrast over slope is 8 px.
    ramp = (torch.arange(200) - 96).clamp(0, 8) / 8 * 0.6 + 0.2
    assert float(content(ramp.expand(1, 3, 100, 200)).edge) == pytest.approx(8, rel=1e-4)


def test_neighbours_do_not_matter(portrait: Tensor) -> None:
    batch = torch.cat([portrait, blurred(portrait, 5), portrait * 0])
    together = content(batch)
    for i in range(3):
        alone = content(batch[i : i + 1])
        torch.testing.assert_close(together.edge[i : i + 1], alone.edge)
        torch.testing.assert_close(together.coarse[i : i + 1], alone.coarse)
