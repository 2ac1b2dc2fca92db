"""The sure background, its refusals, and the facts of a picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from lightmeter.read.picture import Picture
from lightmeter.see.background import background
from lightmeter.see.facts import facts
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import Matte


@pytest.fixture(scope="module")
def opaque(picture_of: Callable[..., Picture]) -> Picture:
    return picture_of(np.full((128, 256, 3), 0.5))


@pytest.fixture(scope="module")
def transparent(picture_of: Callable[..., Picture]) -> Picture:
    return picture_of(np.full((128, 256, 3), 0.5), np.zeros((128, 256), np.uint8))


def square(low: int = 40, high: int = 80, alpha: float = 1.0) -> Tensor:
    """(1, 1, 128, 256): a subject in rows and columns low..high."""
    plane = torch.zeros(1, 1, 128, 256)
    plane[..., low:high, low:high] = alpha
    return plane


def reasons(matte: Matte) -> list[str]:
    return [refusal.text(0) for refusal in matte.refusals if bool(refusal.when[0])]


def test_is_what_keeps_a_margin_from_the_subject(opaque: Picture) -> None:
    # 256 / 64 = 4 pixels all around.
    expected = torch.ones(1, 1, 128, 256)
    expected[..., 36:84, 36:84] = 0
    found = background(Matte(square()), (opaque,))
    assert torch.equal(found.alpha, expected)
    assert reasons(found) == []


@pytest.mark.parametrize(("alpha", "kept"), [(0.04, 1.0), (0.06, 1 - 48 * 48 / (128 * 256))])
def test_a_trace_of_subject_is_enough(opaque: Picture, alpha: float, kept: float) -> None:
    assert float(background(Matte(square(alpha=alpha)), (opaque,)).alpha.mean()) == pytest.approx(kept)


def test_a_mirror_mirrors_it(opaque: Picture) -> None:
    one = background(Matte(square()), (opaque,)).alpha
    assert torch.equal(background(Matte(square().flip(-1)), (opaque,)).alpha, one.flip(-1))


def test_shrinks_as_the_subject_grows(opaque: Picture) -> None:
    found = [float(background(Matte(square(10, high)), (opaque,)).alpha.mean()) for high in (20, 50, 90, 120)]
    assert found == sorted(found, reverse=True)


def test_too_little_is_refused_with_its_share_and_empty(opaque: Picture) -> None:
    alpha = torch.ones(1, 1, 128, 256)
    alpha[..., :8] = 0  # less the margin of 4: 4 of 256 columns
    found = background(Matte(alpha), (opaque,))
    assert reasons(found) == ["background is 1.6 % of the frame: 2 are needed"]
    assert float(found.alpha.max()) == 0, "so that nothing is measured on it by mistake"


def test_a_transparent_picture_has_none(opaque: Picture, transparent: Picture) -> None:
    found = background(Matte(square().repeat(2, 1, 1, 1)), (transparent, opaque))
    assert reasons(found) == ["the picture is transparent: there is no backdrop"]
    assert found.alpha.mean((1, 2, 3))[0] == 0
    assert found.alpha.mean((1, 2, 3))[1] > 0.9


def test_without_a_subject_nobody_knows_what_is_behind_it(opaque: Picture) -> None:
    nothing = Matte(torch.zeros(1, 1, 128, 256), (Refusal(torch.tensor([True]), "no subject found"),))
    found = background(nothing, (opaque,))
    assert reasons(found) == ["no subject found"]
    assert float(found.alpha.max()) == 0


def test_facts_are_native_sizes(opaque: Picture, picture_of: Callable[..., Picture]) -> None:
    found = facts((opaque, picture_of(np.zeros((3000, 20, 3)))), torch.zeros(2, 3, 8, 8))
    assert found.width.tolist() == [256, 20]
    assert found.height.tolist() == [128, 3000]
    assert found.width.dtype == torch.float32
