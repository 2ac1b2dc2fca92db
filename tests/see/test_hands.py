"""Hands of known joints are found where they are."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hands import FINGERS, hand, placed
from torch import Tensor

from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.see.hands import Hands, hands

_MIDDLE = (256.0, 300.0)
_TIPS = (4, 8, 12, 16, 20)


def drawn(*turns: float) -> Tensor:
    """(B, 3, 512, 512) encoded."""
    ground = np.full((512, 512, 3), 0.13)
    pictures = [torch.from_numpy(hand(ground, _MIDDLE, turn=turn)) for turn in turns]
    return encoded_from_linear(torch.stack(pictures).permute(0, 3, 1, 2).float().contiguous())


@pytest.fixture(scope="module")
def seen() -> Hands:
    return hands(drawn(0.0, 0.4))


@pytest.mark.parametrize(("i", "turn"), [(0, 0.0), (1, 0.4)])
def test_fingertips_are_where_they_were_drawn(i: int, turn: float, seen: Hands) -> None:
    assert seen.present[i].tolist() == [True, False, False, False]
    for index, (_, tip, width) in zip(_TIPS, FINGERS, strict=True):
        x, y = placed(tip, _MIDDLE, turn=turn)
        found = seen.points[i, 0, index]
        assert math.dist((x, y), found.tolist()) < 1.5 * width


def test_a_mirrored_hand_is_the_hand_mirrored(seen: Hands) -> None:
    flipped = hands(drawn(0.0).flip(3)).points[0, 0]
    flipped = torch.stack((512 - flipped[:, 0], flipped[:, 1]), dim=1)
    assert float((flipped - seen.points[0, 0]).norm(dim=1).max()) < 4


def test_a_hand_is_the_same_alone(seen: Hands) -> None:
    alone = hands(drawn(0.4))
    torch.testing.assert_close(alone.points[0], seen.points[1], equal_nan=True, atol=1e-3, rtol=0)


def test_no_hand_is_refused(astronaut: Tensor) -> None:
    found = hands(encoded_from_linear(astronaut))
    assert not found.present.any() and found.points.isnan().all()
    assert [each.text(0) for each in found.refusals if each.when[0]] == ["no hand"]
