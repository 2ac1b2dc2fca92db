"""chroma_purity: shares counted by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightmeter.measure.background.chroma_purity import chroma_purity
from lightmeter.measure.background.key_lab import key_lab
from lightmeter.optics.transfer import linear_from_encoded
from lightmeter.see.regions import Matte

ALL = Matte(torch.ones(1, 1, 64, 64))


def colour(*codes: float) -> Tensor:
    return linear_from_encoded(torch.tensor(codes) / 255)[None, :, None, None]


KEY, OTHER = colour(0, 255, 0), colour(0, 200, 60)


def purity(linear: Tensor, background: Matte = ALL) -> float:
    return float(chroma_purity(linear, background, key_lab(linear, "#00ff00")).value)


def squares() -> Tensor:
    """(1, 1, 64, 64) bool: a chessboard of 8 pixel squares."""
    at = torch.arange(64) // 8
    return ((at[:, None] + at) % 2 == 0)[None, None]


def test_a_chessboard_is_half_pure() -> None:
    assert purity(torch.where(squares(), KEY, OTHER)) == 0.5


def test_all_and_nothing() -> None:
    assert purity(KEY.expand(1, 3, 64, 64)) == 1
    assert purity(OTHER.expand(1, 3, 64, 64)) == 0


def test_two_delta_e_is_the_limit() -> None:
    # sRGB (40, 254, 21) is 1.2 deltaE00 from the green key, (70, 255, 70) is 4.
    assert purity(colour(40, 254, 21).expand(1, 3, 64, 64)) == 1
    assert purity(colour(70, 255, 70).expand(1, 3, 64, 64)) == 0


def test_only_background_counts() -> None:
    assert purity(torch.where(squares(), KEY, OTHER), Matte(squares().float())) == 1


@pytest.mark.parametrize("rows", [0, 16, 32, 48, 64])
def test_rises_with_the_pure_share(rows: int) -> None:
    linear = OTHER.repeat(1, 1, 64, 64).clone()
    linear[..., :rows, :] = KEY
    assert purity(linear) == rows / 64
    assert purity(linear.flip(-1)) == rows / 64


def test_not_measured_without_a_background(no_background: Matte) -> None:
    linear = KEY.expand(1, 3, 64, 64)
    result = chroma_purity(linear, no_background, key_lab(linear, "#00ff00"))
    assert result.reasons() == ["the picture is transparent: there is no backdrop"]
