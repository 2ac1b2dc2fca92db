"""hair_strand_coherence on strands whose directions are spread by a known law."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from scipy.special import i0e, i1e
from torch import Tensor

from lightmeter.measure.hair.hair_strand_coherence import hair_strand_coherence, strand_directions
from lightmeter.measure.hair.strands import Strands
from lightmeter.see.hair_patches import COUNT, SIDE

Read = Callable[..., Strands]
Fields = Callable[..., Tensor]


def coherence(found: Strands) -> float:
    return float(hair_strand_coherence(found).value[0])


def spread_field(concentration: float, noise: Fields, seed: int = 0) -> Tensor:
    """(1, N, S, S) of deviation 0.2, whose power lies at twice the angle by von Mises' law.

    Of a field with independent frequencies the structure tensor's expected coherence is the resultant
    length of the power's directions at twice the angle, I1(k) / I0(k).
    """
    down, across = torch.fft.fftfreq(SIDE)[:, None], torch.fft.rfftfreq(SIDE)
    law = torch.exp(concentration * (torch.cos(2 * torch.atan2(down, across)) - 1) / 2)
    field = torch.fft.irfft2(torch.fft.rfft2(noise(1, COUNT, SIDE, SIDE, seed=seed)) * law, s=(SIDE, SIDE))
    return 0.2 * field / field.std()


@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0, 135.0])
def test_parallel_strands_are_one(read_of: Read, wave: Fields, degrees: float) -> None:
    assert coherence(read_of(wave(0.1, degrees=degrees))) == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("concentration", [0.0, 0.5, 1.0, 2.0, 4.0])
def test_von_mises_spread_of_directions(read_of: Read, noise: Fields, concentration: float) -> None:
    exact = i1e(concentration) / i0e(concentration)
    # 24 patches of few strands each leave 0.15 of nothing, by the square root; less where there is more.
    found = coherence(read_of(spread_field(concentration, noise)))
    assert found == pytest.approx(exact, abs=0.15 if exact < 0.3 else 0.05)


@pytest.mark.parametrize("angle", [20.0, 35.0, 60.0])
def test_two_directions_across_each_other(read_of: Read, wave: Fields, angle: float) -> None:
    # Equal powers at +-angle / 2: the resultant at twice the angle is cos(angle).
    crossed = wave(0.1, degrees=angle / 2, cycles=40) + wave(0.1, degrees=-angle / 2, cycles=48)
    found = coherence(read_of(crossed))
    assert found == pytest.approx(math.cos(math.radians(angle)), abs=0.1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_noise_has_no_direction(read_of: Read, noise: Fields, seed: int) -> None:
    assert coherence(read_of(0.1 * noise(1, COUNT, SIDE, SIDE, seed=seed))) < 0.15


def test_it_falls_as_directions_spread(read_of: Read, noise: Fields) -> None:
    found = [coherence(read_of(spread_field(k, noise))) for k in (8.0, 3.0, 1.0, 0.0)]
    assert found == sorted(found, reverse=True)


def test_grain_neither_adds_nor_takes_direction(read_of: Read, noise: Fields) -> None:
    field = spread_field(4.0, noise)
    clean = coherence(read_of(field))
    assert coherence(read_of(field, grain=4 / 255)) == pytest.approx(clean, abs=0.05)


def test_exposure_and_mirror_do_not_matter(read_of: Read, noise: Fields) -> None:
    field = spread_field(2.0, noise)
    one = coherence(read_of(field))
    assert coherence(read_of(field, level=0.05)) == pytest.approx(one, abs=0.01)
    assert coherence(read_of(field.flip(-1))) == pytest.approx(one, abs=1e-3)


def test_faint_strands_are_refused(read_of: Read, wave: Fields) -> None:
    (reason,) = hair_strand_coherence(read_of(wave(0.01))).reasons()
    assert reason == "strands are too faint to have a direction: contrast 0.3 %"


def test_strands_under_grain_are_refused(read_of: Read, wave: Fields) -> None:
    (reason,) = hair_strand_coherence(read_of(wave(0.06), grain=12 / 255, level=0.05)).reasons()
    assert reason.startswith("grain hides the strands: it is 0.")


def test_strokes_run_along_the_strands(read_of: Read, wave: Fields) -> None:
    # `degrees` off the columns: the gradient points to (cos, sin), x right and y down.
    found = read_of(wave(0.1, degrees=30))
    place = SimpleNamespace(centre=torch.full((1, COUNT, 2), 100.0))
    strokes = strand_directions(SimpleNamespace(width=torch.tensor([320.0])), place, found).paths["strands"]
    along = strokes[0, :, 1] - strokes[0, :, 0]
    turn = math.radians(30)
    across = along @ torch.tensor([math.cos(turn), math.sin(turn)])
    assert float((across.abs() / along.norm(dim=1)).max()) < 0.05
