"""The recipe of backdrops does what its words say."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from backdrops import Faults, behind, cutout, disc, save
from torch import Tensor

from lightmeter.optics.colour import delta_e00, lab

PAPER = (0.3, 0.2, 0.4)


def wall(faults: Faults) -> Tensor:
    """(3, 90, 120) with no subject."""
    return behind(torch.zeros(3, 90, 120), torch.zeros(1, 90, 120), faults, PAPER)


def test_without_faults_it_is_the_paper_around_the_subject() -> None:
    subject, alpha = disc(100, 80)
    seen = behind(subject, alpha, Faults(), PAPER)
    outside = seen[:, alpha[0] == 0]
    torch.testing.assert_close(outside, torch.tensor(PAPER)[:, None].expand_as(outside))
    torch.testing.assert_close(seen[:, alpha[0] == 1], subject[:, alpha[0] == 1])


@pytest.mark.parametrize(
    ("angle", "bright"), [(0.0, (45, -1)), (90.0, (0, 60)), (180.0, (45, 0)), (45.0, (0, -1))]
)
def test_a_gradient_has_its_stops_and_its_bright_side(angle: float, bright: tuple[int, int]) -> None:
    stops = wall(Faults(gradient=2, gradient_angle=angle))[1].log2()
    assert float(stops.max() - stops.min()) == pytest.approx(2, abs=0.01)
    assert float(stops[bright]) == pytest.approx(float(stops.max()), abs=0.02)


def test_steps_are_of_lightness() -> None:
    lightness = lab(wall(Faults(horizon=6))[None])[0, 0]
    assert float(lightness[-1, 0] - lightness[0, 0]) == pytest.approx(6, abs=0.01)
    steps = lab(wall(Faults(gradient=2, banding=3))[None])[0, 0, 0].diff()
    assert steps[steps.abs() > 0.01].abs().allclose(torch.tensor(3.0), atol=0.01)


def test_texture_has_its_contrast_and_blur_takes_it() -> None:
    contrast = [float(lab(wall(Faults(texture=3, blur=blur))[None])[0, 0].std()) for blur in (0, 0.01, 0.03)]
    assert contrast[0] == pytest.approx(3, abs=0.05)
    assert contrast == sorted(contrast, reverse=True)


def test_an_off_key_paper_is_off_by_what_was_asked() -> None:
    colours = lab(torch.stack((wall(Faults()), wall(Faults(off_key=4))))[..., :1, :1])
    assert float(delta_e00(colours[:1], colours[1:])) == pytest.approx(4, rel=0.15)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    subject, alpha = disc(60, 50)
    seen = behind(subject, alpha, Faults(halo=1, contact_shadow=1, spill=0.3, lifted=0.01), PAPER)
    save(seen, tmp_path / "one.png")
    again, whole = cutout(tmp_path / "one.png")
    assert (whole == 1).all()
    torch.testing.assert_close(again, seen.clamp(0, 1), atol=0.005, rtol=0)
