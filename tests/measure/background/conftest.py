"""Backdrops of known colours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightmeter.measure.background.backdrop import Backdrop
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import Matte


@pytest.fixture(scope="session")
def backdrop_of() -> Callable[..., Backdrop]:
    """`backdrop_of(linear)`: cells (3, h, w), all of them background unless `share` (h, w) says less."""

    def build(linear: Tensor, share: Tensor | None = None) -> Backdrop:
        cells = linear[None]
        whole = torch.ones_like(cells[:, :1]) if share is None else share[None, None]
        seen = cells[0][:, whole[0, 0] > 0]
        return Backdrop(cells, whole, seen.quantile(0.5, dim=1)[None, :, None, None])

    return build


@pytest.fixture(scope="session")
def no_background() -> Matte:
    """What `background` gives of a picture that is transparent there."""
    why = "the picture is transparent: there is no backdrop"
    return Matte(torch.zeros(1, 1, 64, 64), (Refusal(torch.tensor([True]), why),))


@pytest.fixture(scope="session")
def grey_of() -> Callable[[Tensor], Tensor]:
    """Luminance of CIE L*, above its straight part: ((L + 16) / 116)^3."""
    return lambda lightness: ((lightness + 16) / 116) ** 3
