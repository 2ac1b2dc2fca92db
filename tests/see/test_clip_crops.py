"""Crops of regions whose place and colour are known."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightmeter.see import waiting
from lightmeter.see.clip_crops import around_face, cropped
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import FaceMesh, Matte


def frame(height: int = 120, width: int = 160) -> Tensor:
    return torch.rand((1, 3, height, width), generator=torch.Generator().manual_seed(1))


def region(top: int, bottom: int, left: int, right: int, height: int = 120, width: int = 160) -> Matte:
    alpha = torch.zeros(1, 1, height, width)
    alpha[..., top:bottom, left:right] = 1
    return Matte(alpha)


def reason(crop_of: tuple[Refusal, ...]) -> str:
    return next((r.text(0) for r in crop_of if bool(r.when[0])), "")


def test_a_square_region_is_its_own_pixels() -> None:
    crop = cropped(frame(), region(20, 84, 50, 114), 64, "skin")
    torch.testing.assert_close(crop.encoded, frame()[..., 20:84, 50:114])
    assert reason(crop.refusals) == ""


def test_a_wide_region_keeps_its_aspect_between_its_mean() -> None:
    crop = cropped(frame(), region(20, 52, 50, 114), 64, "skin")
    part = frame()[..., 20:52, 50:114]
    torch.testing.assert_close(crop.encoded[..., 16:48, :], part)
    around = part.mean((2, 3), keepdim=True).expand(-1, -1, 16, 64)
    torch.testing.assert_close(crop.encoded[..., :16, :], around)
    torch.testing.assert_close(crop.encoded[..., 48:, :], around)


def test_what_is_not_the_region_cannot_be_seen() -> None:
    here = region(20, 84, 50, 114)
    here.alpha[..., 40:60, 70:90] = 0
    other = frame()
    other[..., :20, :] = 1.0
    other[..., 40:60, 70:90] = 0.0
    seen = [cropped(each, here, 64, "skin").encoded for each in (frame(), other)]
    torch.testing.assert_close(*seen)


def test_specks_do_not_stretch_the_box() -> None:
    alone, specked = region(20, 84, 50, 114), region(20, 84, 50, 114)
    specked.alpha[..., 110, 150] = 1
    there = [cropped(frame(), each, 64, "skin").encoded for each in (alone, specked)]
    torch.testing.assert_close(there[0], there[1], atol=0.01, rtol=0)


def test_a_mirrored_picture_gives_the_mirrored_crop() -> None:
    here = region(20, 84, 50, 110)
    there = cropped(frame().flip(3), Matte(here.alpha.flip(3)), 64, "skin").encoded
    torch.testing.assert_close(there.flip(3), cropped(frame(), here, 64, "skin").encoded, atol=1e-5, rtol=0)


def test_a_sparse_region_is_refused() -> None:
    thin = region(20, 84, 50, 114)
    thin.alpha[..., 24:80, 54:110] = 0
    thin.alpha[..., 20:22, :] = 0
    assert reason(cropped(frame(), thin, 64, "metal").refusals) == ""
    thin.alpha[..., ::2, :] = 0
    thin.alpha[..., ::2] = 0
    sparse = cropped(frame(), thin, 64, "metal").refusals
    assert reason(sparse).startswith("metal fills 5 % of the square around it: 10 are needed")


def test_skin_is_looked_at_around_the_face() -> None:
    middle = torch.tensor([60.0, 50.0, 0.0]).expand(1, 478, 3)
    one = torch.ones(1, dtype=torch.int64)
    face = FaceMesh(middle, one > 0, one, torch.tensor([40.0]))
    near = around_face(region(0, 120, 0, 160), face).alpha[0, 0]
    assert float(near.sum()) == pytest.approx(torch.pi * 36**2, rel=0.01)
    assert (near[50, 60], near[50, 100]) == (1, 0)
    nobody = FaceMesh(middle * torch.nan, one < 0, 0 * one, torch.tensor([torch.nan]))
    assert around_face(region(0, 120, 0, 160), nobody).alpha.sum() == 0


def test_small_even_and_unknown_regions_are_refused() -> None:
    small = cropped(frame(), region(20, 30, 50, 65), 64, "hair")
    assert reason(small.refusals) == "hair is 15 px of the frame across: 16 are needed"
    assert reason(cropped(frame(), region(0, 0, 0, 0), 64, "hair").refusals).startswith("hair is 0 px")
    even = cropped(torch.full((1, 3, 120, 160), 0.4), region(20, 84, 50, 114), 64, "background")
    assert reason(even.refusals) == "background is one even colour: there is no material to see"
    unknown = Refusal(torch.tensor([True]), "no face")
    nobody = cropped(frame(), Matte(torch.zeros(1, 1, 120, 160), (unknown,)), 64, "skin")
    assert reason(nobody.refusals) == "no face"
    assert nobody.encoded.isfinite().all()


def test_neighbours_do_not_matter() -> None:
    pictures = torch.cat([frame(), frame().flip(2), frame() * 0.5])
    mattes = [region(20, 84, 50, 114), region(0, 120, 0, 30), region(0, 0, 0, 0)]
    together = cropped(pictures, Matte(torch.cat([each.alpha for each in mattes])), 64, "skin").encoded
    for i, each in enumerate(mattes):
        torch.testing.assert_close(
            together[i : i + 1], cropped(pictures[i : i + 1], each, 64, "skin").encoded
        )


@pytest.mark.parametrize("box", [(20, 84, 50, 114), (0, 120, 0, 160), (10, 13, 60, 90)])
@pytest.mark.parametrize("side", [24, 224])
def test_a_device_cuts_the_same_without_knowing_the_box(
    monkeypatch: pytest.MonkeyPatch, box: tuple[int, int, int, int], side: int
) -> None:
    expected = cropped(frame(), region(*box), side, "skin")
    monkeypatch.setattr(waiting, "may_look", lambda _: False)
    found = cropped(frame(), region(*box), side, "skin")
    torch.testing.assert_close(found.encoded, expected.encoded, atol=1e-5, rtol=0)
