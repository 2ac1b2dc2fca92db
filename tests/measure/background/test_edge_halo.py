"""edge_halo on cutouts whose bright rim is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from cutouts import Cutout, rendered

from lightmeter.engine.scene import Scene
from lightmeter.measure.background.edge_halo import edge_halo
from lightmeter.measure.registry import PerImage
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.picture import Picture

BASE = Cutout(side=384, mottle=0.02, own=(0.06, 0.05, 0.04), backdrop=(0.1, 0.12, 0.2), halo_width=4.0)


def halo(*cutouts: Cutout, mirror: bool = False) -> PerImage:
    linear = torch.stack([rendered(each) for each in cutouts])
    linear = linear.flip(-1) if mirror else linear
    codes = [(255 * encoded_from_linear(each)).round().to(torch.uint8) for each in linear]
    pictures = tuple(Picture(each.permute(1, 2, 0).numpy(), None, "") for each in codes)
    with torch.inference_mode():
        scene = Scene({"linear": linear, "encoded": encoded_from_linear(linear), "pictures": pictures})
        found: PerImage = scene.call(edge_halo, {})
    return found


@pytest.mark.parametrize(("shape", "most"), [("disc", 4), ("head", 2)])
def test_reads_the_stops_by_which_the_edge_is_raised(shape: str, most: int) -> None:
    # Two steps of 0.75 px just outside the ramp: the ring is exp(-(1.5 / 4)^2 / 2) = 0.93 high there.
    # A hundredth of white beside the backdrop's 0.12 takes a tenth off; outside, 10 to 16 steps away, the
    # ring's tail adds up to exp(-(7.5 / 4)^2 / 2) = 0.17 at its nearest, 0.05 on average.
    heights = torch.tensor([0.25, 0.5, 1.0, 2.0])[:most]
    found = halo(*(replace(BASE, shape=shape, halo=float(each)) for each in heights)).value
    torch.testing.assert_close(found, 0.82 * heights, rtol=0.15, atol=0.05)
    assert (found.diff() > 0).all()


@pytest.mark.parametrize(
    "fault", [{}, {"spill": 0.1}, {"gradient": 1.0}, {"texture": 0.1}, {"soft": 4.0}, {"mottle": 0.1}]
)
def test_other_faults_are_no_halo(fault: dict[str, float]) -> None:
    strong, clean = halo(replace(BASE, halo=0.5), replace(BASE, **fault)).value.tolist()
    assert clean < strong / 4


def test_a_bright_side_is_no_halo() -> None:
    bright = replace(BASE, own=(0.7, 0.6, 0.5)), replace(BASE, backdrop=(0.8, 0.8, 0.8))
    assert (halo(*bright).value < 0.05).all()


def test_a_mirror_and_a_neighbour_leave_it() -> None:
    one, other = replace(BASE, shape="head", halo=0.7), BASE
    alone = float(halo(one).value)
    assert float(halo(one, mirror=True).value) == pytest.approx(alone, abs=0.05)
    assert float(halo(other, one).value[1]) == pytest.approx(alone, abs=1e-3)


def test_not_measured_without_a_subject() -> None:
    result = halo(replace(BASE, own=BASE.backdrop, mottle=0.0))
    assert result.reasons() == ["no subject found"]
