"""The clean plate and the fine matte, on cutouts whose coverage is exact."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from cutouts import Cutout, coverage, rendered
from torch import Tensor

from lightmeter.optics.transfer import encoded_from_linear, linear_from_encoded
from lightmeter.see.clean_plate import CleanPlate, clean_plate
from lightmeter.see.fine_matte import FineMatte, fine_matte, key_pull
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import Matte


def rough(cutout: Cutout, shift: int) -> Matte:
    """A silhouette as a network gives it: blurred over 9 pixels and `shift` pixels too far left."""
    blurred = torch.nn.functional.avg_pool2d(coverage(cutout)[None, None], 9, 1, 4)
    return Matte(blurred.roll(-shift, 3))


def pulled(cutout: Cutout, shift: int = 3) -> tuple[CleanPlate, FineMatte, Matte]:
    linear, known = rendered(cutout)[None], rough(cutout, shift)
    encoded = encoded_from_linear(linear)
    outside = torch.nn.functional.max_pool2d((known.alpha > 0.05).float(), 13, 1, 6)
    behind = Matte(1 - outside)
    plate = clean_plate(encoded, linear, behind)
    return plate, fine_matte(encoded, key_pull(encoded, known, behind, plate)), known


def error(found: Tensor, cutout: Cutout) -> float:
    return float((found[0, 0] - coverage(cutout)).abs().mean())


@pytest.mark.parametrize("gradient", [0.0, 1.0])
def test_the_plate_is_the_backdrop_behind_the_subject(gradient: float) -> None:
    cutout = Cutout(side=256, gradient=gradient)
    empty = rendered(replace(cutout, own=cutout.backdrop, mottle=0.0))
    across = (torch.arange(256) + 0.5) / 256 - 0.5
    expected = torch.tensor(cutout.backdrop)[:, None, None] * 2 ** (gradient * across)
    assert empty.shape == (3, 256, 256)
    found = linear_from_encoded(pulled(cutout)[0].encoded[0])
    assert ((found - expected).abs() / expected).max() < 0.02 + 0.12 * gradient


@pytest.mark.parametrize("soft", [1.0, 4.0])
@pytest.mark.parametrize("shape", ["disc", "head"])
def test_a_plain_backdrop_gives_the_edge_to_a_fraction_of_a_pixel(shape: str, soft: float) -> None:
    cutout = Cutout(side=256, shape=shape, soft=soft)
    _, fine, known = pulled(cutout)
    assert error(fine.alpha, cutout) < error(known.alpha, cutout) / 4
    assert fine.doubt.max() < 0.5


def test_a_backdrop_of_the_subjects_colour_is_doubted() -> None:
    cutout = Cutout(side=256, own=(0.1, 0.1, 0.1), backdrop=(0.105, 0.1, 0.1), mottle=0.0)
    _, fine, known = pulled(cutout)
    edge = (known.alpha > 0.3) & (known.alpha < 0.7)
    assert fine.doubt[edge].min() > 0.5
    torch.testing.assert_close(fine.alpha[edge], known.alpha[edge], rtol=0, atol=0.25)


def test_the_deep_inside_is_solid_and_far_outside_is_clear() -> None:
    cutout = Cutout(side=256)
    _, fine, _ = pulled(cutout)
    assert fine.alpha[..., 118:138, 118:138].min() == 1
    assert fine.alpha[..., :20, :].max() == 0
    assert fine.alpha.min() >= 0
    assert fine.alpha.max() <= 1


def test_a_mirror_mirrors_it() -> None:
    cutout = Cutout(side=256, shape="head")
    linear, known = rendered(cutout)[None], rough(cutout, 0)
    behind = Matte((known.alpha == 0).float())

    def matte(flip: bool) -> Tensor:
        turn = (lambda x: x.flip(-1)) if flip else (lambda x: x)
        args = (encoded_from_linear(turn(linear)), turn(linear), Matte(turn(behind.alpha)))
        pull = key_pull(args[0], Matte(turn(known.alpha)), args[2], clean_plate(*args))
        return turn(fine_matte(args[0], pull).alpha)

    torch.testing.assert_close(matte(True), matte(False), rtol=0, atol=2e-3)


def test_no_background_is_no_plate() -> None:
    linear = torch.full((1, 3, 64, 64), 0.5)
    nothing = Matte(torch.zeros(1, 1, 64, 64), (Refusal(torch.tensor([True]), "no subject found"),))
    plate = clean_plate(encoded_from_linear(linear), linear, nothing)
    encoded = encoded_from_linear(linear)
    found = fine_matte(encoded, key_pull(encoded, nothing, nothing, plate))
    assert found.refusals == nothing.refusals
    assert found.alpha.isfinite().all()
    assert (found.doubt >= 0).all()
