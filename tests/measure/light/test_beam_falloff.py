from __future__ import annotations

import pytest
import torch
from beams import Beam

from lightmeter.measure.light.beam_falloff import beam_falloff, lit_skin
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import Matte

SKIN, BALD = Matte(torch.ones(1, 1, 128, 96)), Matte(torch.zeros(1, 1, 128, 96))


def _under(stops: float, angle: float = -45.0, width: float = 0.5, level: float = 0.6) -> torch.Tensor:
    """(1, 3, 128, 96) even skin under a hard band in the middle."""
    mask = torch.from_numpy(Beam(angle, (48.0, 64.0), 100.0, width=width, edge=0.02).mask(128, 96))
    return (level * torch.exp2(-stops * (1 - mask))).expand(1, 3, -1, -1)


@pytest.mark.parametrize("stops", [0.5, 1.0, 2.0, 4.0, 6.0])
def test_even_skin_reads_the_stops_of_the_mask(stops: float) -> None:
    # Two levels apart by `stops`; cells that the edge crosses are few and in between.
    assert float(beam_falloff(_under(stops), SKIN, BALD).value) == pytest.approx(
        stops, abs=0.1 + 0.03 * stops
    )


def test_even_light_has_none() -> None:
    assert float(beam_falloff(torch.full((1, 3, 128, 96), 0.4), SKIN, BALD).value) == pytest.approx(
        0, abs=1e-3
    )


def test_a_straight_slope_reads_half_its_range() -> None:
    # Log luminance even over 4 stops: the best split is the middle, the halves' means are 2 stops apart.
    slope = torch.exp2(torch.linspace(-4, 0, 96)).expand(1, 3, 128, 96)
    assert float(beam_falloff(slope, SKIN, BALD).value) == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("gain", [0.1, 0.6, 1.5])
@pytest.mark.parametrize("angle", [-60.0, 0.0, 45.0])
def test_exposure_and_direction_do_not_matter(gain: float, angle: float) -> None:
    one = float(beam_falloff(_under(3.0, angle), SKIN, BALD).value)
    other = float(beam_falloff(gain * _under(3.0, angle), SKIN, BALD).value)
    assert other == pytest.approx(one, abs=0.02)
    assert one == pytest.approx(3.0, abs=0.2)


def test_mirror_and_neighbours_do_not_matter() -> None:
    scene = _under(3.0, -30.0)
    both = torch.cat((scene.flip(3), torch.rand(1, 3, 128, 96, generator=torch.Generator().manual_seed(0))))
    found = beam_falloff(both, Matte(torch.ones(2, 1, 128, 96)), Matte(torch.zeros(2, 1, 128, 96))).value
    torch.testing.assert_close(found[:1], beam_falloff(scene, SKIN, BALD).value, atol=1e-4, rtol=0)


def test_deeper_shadow_reads_more() -> None:
    found = [float(beam_falloff(_under(stops), SKIN, BALD).value) for stops in (1.0, 2.0, 3.0, 5.0)]
    assert found == sorted(found)


def test_black_clothes_are_no_shadow() -> None:
    scene, alpha = torch.full((1, 3, 128, 96), 0.5), torch.ones(1, 1, 128, 96)
    scene[..., 64:, :], alpha[..., 64:, :] = 0.003, 0
    assert float(beam_falloff(scene, Matte(alpha), BALD).value) == pytest.approx(0, abs=0.05)


def test_strands_over_a_face_are_no_shadow() -> None:
    # Black strands on a fifth of the skin, half of which the hair's matte misses.
    scene, hair = torch.full((1, 3, 128, 96), 0.5), torch.zeros(1, 1, 128, 96)
    scene[..., :20], hair[..., :12] = 0.004, 1
    assert float(beam_falloff(scene, SKIN, Matte(hair)).value) == pytest.approx(0, abs=0.7)


def test_not_measured_without_skin() -> None:
    few = torch.zeros(1, 1, 128, 96)
    few[..., :3, :3] = 1
    assert beam_falloff(_under(2.0), Matte(few), BALD).reasons() == ["too little bare skin is in sight"]
    nobody = Matte(few, (Refusal(torch.tensor([True]), "no face"),))
    assert beam_falloff(_under(2.0), nobody, BALD).reasons() == ["no face"]


def test_the_lit_skin_is_what_is_drawn() -> None:
    area = lit_skin(_under(4.0), SKIN, BALD).areas["lit skin"]
    assert area.shape == (1, 1, 128, 96)
    # A band 50 px wide at 45 degrees covers 0.5 +- 0.05 of 128 x 96: x - y within 35 of the middle's.
    assert float(area[0, 0, 64, 48]) == 1
    assert float(area[0, 0, 0, 95]) == 0
    assert float(area.mean()) == pytest.approx(float((_under(4.0)[0, 0] > 0.15).float().mean()), abs=0.03)
