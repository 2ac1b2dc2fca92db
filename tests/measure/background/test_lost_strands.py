"""lost_strands on hair whose strands are counted, behind mattes that cut them off at a known place."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightmeter.measure.background.lost_strands import LooseStrands, loose_strands, lost_strands, strand_marks
from lightmeter.see.fine_matte import FineMatte, KeyPull
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import FaceMesh, Matte

SIDE, HEAD, LENGTH = 512, 120.0, 38.0
"""Pixels: of the frame, of the hair's radius, and of the strands beyond it; a strand is 2 pixels wide."""
PLATE, OWN = 0.7, 0.15


def places() -> tuple[Tensor, Tensor]:
    """(SIDE, SIDE) pixels from the middle of the frame, and radians around it."""
    at = torch.arange(SIDE) + 0.5 - SIDE / 2
    y, x = torch.meshgrid(at, at, indexing="ij")
    return torch.hypot(x, y), torch.atan2(y, x)


def coverage(strands: int, until: float = LENGTH) -> Tensor:
    """(1, 1, SIDE, SIDE) of a round head and radial strands that end `until` pixels outside it."""
    away, turn = places()
    head = (HEAD - away + 0.5).clamp(0, 1)
    if not strands:
        return head[None, None]
    step = 2 * torch.pi / strands
    aside = away * torch.sin(torch.remainder(turn + 0.1, step) - step / 2)
    line = (1.5 - aside.abs()).clamp(0, 1) * ((away < HEAD + until) & (away > HEAD - 5))
    return torch.maximum(head, line)[None, None]


def seen(
    strands: int,
    until: float,
    colour: float = OWN,
    grain: float = 0.0,
    mirror: bool = False,
    dots: bool = False,
    plate: float = PLATE,
) -> LooseStrands:
    """Hair as drawn, held against a matte that ends `until` pixels outside the head."""
    cover, matte, head = coverage(strands), coverage(strands, until), coverage(0)
    loose = (cover - head).clamp_min(0)
    if dots:
        away, _ = places()
        loose = loose * ((away / 8).floor() % 2 == 0) * ((away / 4).floor() % 2 == 0)
    picture = plate + head * (OWN - plate) + loose * (colour - plate)
    picture = picture + grain * torch.randn(picture.shape, generator=torch.Generator().manual_seed(1))
    encoded = picture.expand(-1, 3, -1, -1)
    planes = [each.flip(-1) if mirror else each for each in (encoded, matte, head, cover)]
    encoded, matte, head, cover = planes
    flat, none = torch.ones_like(encoded), torch.zeros_like(head)
    pull = KeyPull(flat * plate, flat * OWN, head, 1 - head, head, torch.full((1, 1, 1, 1), 0.1))
    away, _ = places()
    sure = (away > HEAD + LENGTH + 8).float()[None, None]
    known = torch.tensor([True])
    face = FaceMesh(torch.zeros(1, 478, 3), known, known.long(), torch.tensor([150.0]))
    return loose_strands(
        encoded, pull, FineMatte(matte, none), Matte(sure), Matte((head > 0.5).float()), face
    )


@pytest.mark.parametrize("cut", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_strands_cut_off_at_a_known_length(cut: float) -> None:
    # Of radial strands as wide everywhere, what is lost is the share of their length. They are followed
    # from 3 pixels outside the head on, which the silhouette has: 3 of 38 are neither kept nor lost.
    kept = LENGTH * (1 - cut)
    lost = 100 * min(1.0, (LENGTH - kept) / (LENGTH - 3))
    assert float(lost_strands(seen(48, kept)).value) == pytest.approx(lost, abs=6)


def test_their_number_does_not_matter() -> None:
    few, many = (float(lost_strands(seen(count, LENGTH / 2)).value) for count in (24, 72))
    assert few == pytest.approx(many, abs=6)


def test_strands_brighter_than_the_backdrop_count() -> None:
    # A light from behind: hair darker than a mid backdrop with strands over it, none of them in the matte.
    assert float(lost_strands(seen(48, 0.0, colour=0.8, plate=0.4)).value) > 90


def test_grain_leaves_it() -> None:
    clean, grainy = (float(lost_strands(seen(48, LENGTH / 2, grain=each)).value) for each in (0.0, 0.005))
    assert grainy == pytest.approx(clean, abs=5)


def test_a_mirror_leaves_it() -> None:
    one, other = (float(lost_strands(seen(48, 12.0, mirror=each)).value) for each in (False, True))
    assert one == pytest.approx(other, abs=1e-3)


def test_specks_are_no_strands() -> None:
    assert float((seen(48, 0.0, dots=True).contrast > 0).sum()) < 0.1 * float(
        (seen(48, 0.0).contrast > 0).sum()
    )


def test_not_measured_without_loose_strands() -> None:
    assert "loose strands cover 0.0 %" in lost_strands(seen(0, 0.0)).reasons()[0]


def test_not_measured_before_a_backdrop_of_lines() -> None:
    assert "own texture" in lost_strands(seen(48, LENGTH, grain=0.1)).reasons()[0]


def test_not_measured_without_hair() -> None:
    found = seen(48, LENGTH)
    why = "no hair is in sight"
    bald = LooseStrands(
        found.contrast, found.kept, found.band, found.grain, (Refusal(torch.tensor([True]), why),)
    )
    assert lost_strands(bald).reasons() == [why]


def test_the_overlay_tells_kept_from_lost() -> None:
    areas = strand_marks(seen(48, 0.0)).areas
    assert float(areas["strand lost"].sum()) > 20 * float(areas["strand kept"].sum())
