"""matte_edge_width on cut-outs whose ramp of coverage is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from cutouts import Cutout, depth, rendered
from torch import Tensor

from lightmeter.engine.scene import Scene
from lightmeter.measure.background.edge_profiles import EdgeProfiles, edge_profiles
from lightmeter.measure.background.matte_edge_width import edge_marks, matte_edge_width
from lightmeter.measure.registry import PerImage
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.picture import Picture
from lightmeter.see.fine_matte import FineMatte
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import FaceMesh, Matte

FACE = 100.0
"""Face width, pixels: percent are then pixels."""
BASE = Cutout(side=448, mottle=0.02, own=(0.3, 0.18, 0.12), backdrop=(0.6, 0.6, 0.6))


def a_face(count: int, there: bool = True) -> FaceMesh:
    known = torch.full((count,), there)
    width = torch.where(known, FACE, torch.nan)
    points = torch.zeros(count, 478, 3)
    return FaceMesh(points, known, known.long(), width, (Refusal(~known, "no face"),))


def widths(*cutouts: Cutout, mirror: bool = False, hairy: bool = False, there: bool = True) -> PerImage:
    """Through the networks that find the subject, with a face and hair that are given."""
    linear = torch.stack([rendered(each) for each in cutouts])
    linear = linear.flip(-1) if mirror else linear
    codes = [(255 * encoded_from_linear(each)).round().to(torch.uint8) for each in linear]
    pictures = tuple(Picture(each.permute(1, 2, 0).numpy(), None, "") for each in codes)
    with torch.inference_mode():
        scene = Scene({"linear": linear, "encoded": encoded_from_linear(linear), "pictures": pictures})
        hair = Matte(torch.full_like(linear[:, :1], float(hairy)))
        profiles, matte = scene.input("edge_profiles"), scene.input("fine_matte")
        return matte_edge_width(profiles, matte, hair, a_face(len(linear), there))


def given(alpha: Tensor) -> tuple[EdgeProfiles, FineMatte, Matte, FaceMesh]:
    """Of a coverage (1, 1, H, W) as it is, without networks."""
    matte = FineMatte(alpha, torch.zeros_like(alpha))
    profiles = edge_profiles(alpha.expand(-1, 3, -1, -1), matte, Matte(alpha))
    return profiles, matte, Matte(torch.zeros_like(alpha)), a_face(1)


@pytest.mark.parametrize("deviation", [1.0, 2.0, 3.0])
def test_an_error_function_is_two_and_a_half_deviations_wide(deviation: float) -> None:
    # It is at 0.1 and 0.9 at -1.2816 and 1.2816 deviations. Between pixels it is read on chords: a triangle
    # of 1 pixel, of variance 1/6, adds under a tenth to the narrowest.
    inwards = depth(replace(BASE, side=640, shape="disc"))[None, None]
    alpha = torch.special.ndtr(inwards / deviation)
    found = float(matte_edge_width(*given(alpha)).value)
    assert found == pytest.approx(2.563 * deviation, rel=0.09)


def test_a_mask_without_half_tones_is_as_wide_as_a_pixel() -> None:
    inwards = depth(replace(BASE, side=640))[None, None]
    assert 0.7 < float(matte_edge_width(*given((inwards > 0).float())).value) < 1.3


@pytest.mark.parametrize("shape", ["disc", "head"])
def test_reads_the_ramp_of_a_picture(shape: str) -> None:
    # A straight ramp over w pixels takes 0.8 w from 0.1 to 0.9; blended in linear light and read in codes it
    # bends, by under a tenth at these colours.
    ramps = torch.tensor([3.0, 6.0, 9.0])
    found = widths(*(replace(BASE, shape=shape, soft=float(each)) for each in ramps))
    torch.testing.assert_close(found.value, 0.8 * ramps, rtol=0.12, atol=0.2)
    assert found.error is not None and (found.error < 0.3).all()


def test_a_hard_edge_is_narrower_than_a_lens_makes_it() -> None:
    hard, lens = widths(replace(BASE, soft=0.01), replace(BASE, soft=3.0)).value.tolist()
    assert hard < 1.3 < lens


@pytest.mark.parametrize("fault", [{"mottle": 0.1}, {"gradient": 0.5}])
def test_other_faults_leave_it(fault: dict[str, float]) -> None:
    clean, faulty = widths(replace(BASE, soft=4.0), replace(BASE, soft=4.0, **fault)).value.tolist()
    assert faulty == pytest.approx(clean, abs=0.5)


def test_a_mirror_and_a_neighbour_leave_it() -> None:
    one, other = replace(BASE, shape="head", soft=4.0), BASE
    alone = float(widths(one).value)
    assert float(widths(one, mirror=True).value) == pytest.approx(alone, abs=0.3)
    assert float(widths(other, one).value[1]) == pytest.approx(alone, abs=1e-3)


def test_not_measured_along_hair_nor_without_a_face() -> None:
    assert "away from hair" in widths(BASE, hairy=True).reasons()[0]
    assert widths(BASE, there=False).reasons() == ["no face"]


def test_the_overlay_is_as_long_as_the_edge_is_wide() -> None:
    alpha = torch.special.ndtr(depth(replace(BASE, side=640))[None, None] / 2.0)
    profiles, matte, hair, _ = given(alpha)
    strokes = edge_marks(profiles, matte, hair).paths["width of the edge"]
    length = (strokes[:, :, 1] - strokes[:, :, 0]).norm(dim=2)
    assert float(length.nanmedian()) == pytest.approx(5.13, rel=0.09)
