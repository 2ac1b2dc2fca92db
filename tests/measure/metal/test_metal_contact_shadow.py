"""metal_contact_shadow of a bar on skin whose shade beside it is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from lightmeter.measure.metal.metal_contact_shadow import metal_contact_shadow
from lightmeter.measure.registry import PerImage
from lightmeter.see.metal import Metal

Shadow = Callable[..., PerImage]


@pytest.fixture
def shadow(metal_of: Callable[..., Metal]) -> Callable[..., PerImage]:
    """A bar 10 cells high; skin of luminance 0.3 around, `stops` darker in the 6 cells below the bar."""

    def build(stops: float, exposure: float = 1.0, face: bool = True) -> PerImage:
        linear = torch.full((3, 288, 288), 0.3)
        linear[:, 150:156] *= 2.0**-stops
        bar = torch.zeros(288, 288, dtype=torch.bool)
        bar[140:150] = True
        linear[:, bar] = 0.8
        return metal_contact_shadow(metal_of(exposure * linear, bar, ~bar if face else None))

    return build


@pytest.mark.parametrize("stops", [0.0, 0.5, 1.0, 2.0])
def test_it_is_the_shade_of_the_skin_beside_it(stops: float, shadow: Shadow) -> None:
    assert float(shadow(stops).value[0]) == pytest.approx(stops, abs=0.06)


def test_exposure_leaves_it(shadow: Shadow) -> None:
    assert float(shadow(1.0, 0.5).value[0]) == pytest.approx(float(shadow(1.0).value[0]), abs=0.02)


def test_an_object_lies_on_nobodys_skin(shadow: Shadow) -> None:
    assert "no face" in shadow(1.0, face=False).reasons()[0]
