"""hair_strand_contrast on strands of known contrast, and on what must not count."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightmeter.measure.hair.hair_strand_contrast import hair_strand_contrast
from lightmeter.measure.hair.strands import Strands
from lightmeter.optics.spectrum import blurred
from lightmeter.see.hair_patches import COUNT, SIDE

Read = Callable[..., Strands]
Fields = Callable[..., Tensor]
Expected = Callable[..., float]


def contrast(found: Strands) -> float:
    return float(hair_strand_contrast(found).value[0])


@pytest.mark.parametrize("amplitude", [0.05, 0.1, 0.4])
@pytest.mark.parametrize("width", [170.0, 240.0, 320.0, 470.0])
def test_rms_of_strands_at_any_size(
    read_of: Read, expected: Expected, wave: Fields, amplitude: float, width: float
) -> None:
    # Cells of no whole number of waves: 4 %.
    assert contrast(read_of(wave(amplitude, width), width)) == pytest.approx(expected(amplitude), rel=0.04)


@pytest.mark.parametrize("degrees", [0.0, 45.0, 90.0, 130.0])
def test_the_direction_of_strands_does_not_matter(
    read_of: Read, expected: Expected, wave: Fields, degrees: float
) -> None:
    assert contrast(read_of(wave(0.1, degrees=degrees))) == pytest.approx(expected(0.1), rel=0.04)


def test_locks_of_the_same_contrast_read_a_third_of_strands(
    read_of: Read, expected: Expected, wave: Fields
) -> None:
    # Painted clumps: 2 waves to a cell; exp(-u) - exp(-4 u) is 0.106 there, 0.470 at 45 per face width.
    # A fifth of it in strands too, or they would be out of focus; powers add.
    locks = contrast(read_of(wave(0.1, degrees=0, cycles=40 / 3) + wave(0.02)))
    assert locks == pytest.approx(math.hypot(expected(0.1, 40 / 3), expected(0.02)), rel=0.05)
    assert locks < contrast(read_of(wave(0.1))) / 3


def test_exposure_and_mirror_do_not_matter(read_of: Read, noise: Fields) -> None:
    log = 0.2 * noise(1, COUNT, SIDE, SIDE)
    one = contrast(read_of(log))
    assert contrast(read_of(log, level=0.05)) == pytest.approx(one, rel=0.01)
    assert contrast(read_of(log.flip(-1))) == pytest.approx(one, rel=1e-3)


@pytest.mark.parametrize("stops", [1.0, 3.0])
def test_a_smooth_gradient_does_not_leak_in(
    read_of: Read, expected: Expected, wave: Fields, stops: float
) -> None:
    ramp = -stops * math.log(2) * torch.arange(SIDE) / 320
    assert contrast(read_of(wave(0.1) + ramp)) == pytest.approx(expected(0.1), rel=0.05)


def test_blur_lowers_it(read_of: Read, noise: Fields) -> None:
    log = 0.3 * noise(1, COUNT, SIDE, SIDE)
    found = [contrast(read_of(blurred(log, torch.tensor([sigma])))) for sigma in (0.0, 0.7, 1.0, 1.4)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < found[0] / 2


@pytest.mark.parametrize("level", [0.05, 0.2])
def test_grain_is_taken_off(read_of: Read, expected: Expected, wave: Fields, level: float) -> None:
    grainy = hair_strand_contrast(read_of(wave(0.2), grain=4 / 255, level=level))
    assert float(grainy.value) == pytest.approx(expected(0.2), rel=0.08)
    assert abs(float(grainy.value) - expected(0.2)) < 3 * float(grainy.error)


def test_grain_that_is_nowhere_else_counts(read_of: Read, wave: Fields) -> None:
    seen = contrast(read_of(wave(0.05), grain=8 / 255, level=0.05))
    assert contrast(read_of(wave(0.05), grain=8 / 255, level=0.05, unseen=True)) > 1.5 * seen


def test_half_of_the_patches_may_be_something_else(read_of: Read, expected: Expected, wave: Fields) -> None:
    log = wave(0.1).clone()
    log[:, :8] = wave(0.8)[:, :8]
    assert contrast(read_of(log)) == pytest.approx(expected(0.1), rel=0.05)


def test_what_is_out_of_focus_is_refused(read_of: Read, noise: Fields) -> None:
    soft = blurred(2.0 * noise(1, COUNT, SIDE, SIDE), torch.tensor([5.0]))
    (reason,) = hair_strand_contrast(read_of(soft)).reasons()
    assert reason == "hair is out of focus: it holds no edge as fine as a strand"


def test_a_narrow_face_is_refused_with_its_width(read_of: Read, wave: Fields) -> None:
    found = hair_strand_contrast(read_of(wave(0.1, 150), 150.0))
    assert found.reasons() == ["face is 150 px wide: strands need 160"]


def test_black_hair_is_refused(read_of: Read, wave: Fields) -> None:
    (reason,) = hair_strand_contrast(read_of(wave(0.1), lit=3)).reasons()
    assert reason == "hair is black or burnt out: 3 lit patches, 4 are needed"


def test_the_neighbours_of_a_batch_do_not_matter(read_of: Read, wave: Fields) -> None:
    both = torch.cat((wave(0.1), wave(0.3)))
    found = hair_strand_contrast(read_of(both)).value
    assert found.tolist() == pytest.approx(
        [contrast(read_of(wave(0.1))), contrast(read_of(wave(0.3)))], rel=1e-4
    )
