"""Backdrops of known colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
import torch
from backdrops import Faults, behind, disc
from torch import Tensor

from lightmeter.measure.background.backdrop import Backdrop, backdrop
from lightmeter.measure.background.clutter import Clutter, clutter
from lightmeter.measure.background.fall_off import FallOff, fall_off
from lightmeter.measure.background.fine_backdrop import FineBackdrop, fine_backdrop
from lightmeter.measure.background.straight_edge import StraightEdge, straight_edge
from lightmeter.optics.filters import spread
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


@dataclass(frozen=True)
class Wall:
    """All that measurements of a backdrop read."""

    linear: Tensor
    subject: Matte
    backdrop: Backdrop
    edge: StraightEdge
    fall_off: FallOff
    fine: FineBackdrop
    clutter: Clutter


def wall_seen(linear: Tensor, alpha: Tensor) -> Wall:
    """linear (1, 3, H, W) with a subject's coverage (1, 1, H, W), its margin 1/64 as `background` has it."""
    background = Matte(1 - spread((alpha > 0.05).float(), round(max(alpha.shape[2:]) / 64)))
    cells, fine = backdrop(linear, background), fine_backdrop(linear, background)
    edge = straight_edge(cells)
    under = fall_off(cells, edge)
    return Wall(linear, Matte(alpha), cells, edge, under, fine, clutter(under, fine))


@pytest.fixture(scope="session")
def wall_of() -> Callable[..., Wall]:
    """`wall_of(faults)`: a ball above shoulders before a grey backdrop with these faults, 320 x 400; `missed`
    are the shoulders by the matte."""

    @cache
    def build(faults: Faults, mirrored: bool = False, exposure: float = 1.0, missed: bool = False) -> Wall:
        subject, alpha = disc(400, 320)
        linear = behind(subject, alpha, faults, (0.3, 0.3, 0.3)) * exposure
        if mirrored:
            linear, alpha = linear.flip(-1), alpha.flip(-1)
        if missed:
            alpha = torch.cat((alpha[:, :280], 0 * alpha[:, 280:]), 1)
        return wall_seen(linear[None], alpha[None])

    return build


@pytest.fixture(scope="session")
def no_wall() -> Wall:
    """What a picture gives that is transparent behind its subject."""
    why = "the picture is transparent: there is no backdrop"
    nothing = Matte(torch.zeros(1, 1, 64, 64), (Refusal(torch.tensor([True]), why),))
    linear = torch.full((1, 3, 64, 64), 0.5)
    cells, fine = backdrop(linear, nothing), fine_backdrop(linear, nothing)
    edge = straight_edge(cells)
    under = fall_off(cells, edge)
    return Wall(linear, Matte(torch.ones(1, 1, 64, 64)), cells, edge, under, fine, clutter(under, fine))
