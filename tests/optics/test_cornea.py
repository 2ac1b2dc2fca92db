"""cornea: a convex mirror of known radius, and back."""

from __future__ import annotations

import math

import pytest
import torch

from lightmeter.optics.cornea import RADIUS, glint_of_light, light_of_glint
from lightmeter.optics.geometry import direction


def test_a_light_at_the_camera_is_mirrored_in_the_middle() -> None:
    torch.testing.assert_close(glint_of_light(torch.tensor([0.0, 0.0, 1.0])), torch.zeros(2))


@pytest.mark.parametrize("azimuth", [-80, -45, 20, 90])
def test_a_level_light_is_mirrored_at_the_sine_of_half_its_angle(azimuth: float) -> None:
    # The half vector to a light a aside is a / 2 aside: 7.8 mm times its sine from the middle.
    place = glint_of_light(direction(torch.tensor(float(azimuth)), torch.tensor(0.0)))
    expected = 7.8 / 5.85 * math.sin(math.radians(azimuth / 2))
    torch.testing.assert_close(place, torch.tensor([expected, 0.0]), atol=1e-5, rtol=0)


def test_there_and_back() -> None:
    azimuth, elevation = torch.meshgrid(
        torch.arange(-90.0, 91, 15), torch.arange(-60.0, 61, 15), indexing="ij"
    )
    lights = direction(azimuth, elevation)
    torch.testing.assert_close(light_of_glint(glint_of_light(lights)), lights, atol=1e-5, rtol=0)


def test_from_above_is_up_and_a_mirror_turns_the_side() -> None:
    light = light_of_glint(torch.tensor([0.3, 0.4]))
    assert light[0] > 0
    assert light[1] > 0
    mirrored = light_of_glint(torch.tensor([-0.3, 0.4]))
    torch.testing.assert_close(mirrored, light * torch.tensor([-1.0, 1.0, 1.0]))


def test_beyond_the_cornea_stays_a_direction() -> None:
    light = light_of_glint(torch.tensor([[5.0, 0.0], [0.0, -RADIUS]]))
    torch.testing.assert_close(light.norm(dim=1), torch.ones(2))
