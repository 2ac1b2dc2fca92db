"""catchlight_roundness: drawn eyes that mirror lamps of known shapes, at several sizes and blurs."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.measure.light.catchlight_roundness import catchlight_roundness, catchlights_outlined
from lightmeter.measure.light.eye_glints import eye_glints
from lightmeter.measure.light.glint_shapes import glint_shapes
from lightmeter.measure.registry import PerImage
from lightmeter.see.canvas import canvas
from lightmeter.see.eyes import REACH, SIDE, EyeWindows

_FINE = 8
_AREA = {"disc": math.pi, "octagon": 8 * (math.sqrt(2) - 1), "square": 4.0, "strip": 4.0}


def inside(shape: str, u: Tensor, v: Tensor) -> Tensor:
    """Of a shape about 1 in radius."""
    if shape == "disc":
        return torch.hypot(u, v) < 1
    if shape == "octagon":
        return torch.maximum(torch.maximum(u.abs(), v.abs()), (u.abs() + v.abs()) / math.sqrt(2)) < 1
    long = 2**0.5 if shape == "strip" else 1.0
    return (u.abs() < long) & (v.abs() < 1 / long)


def eyes(
    shape: str,
    wide: float = 8.0,
    iris: float = 40.0,
    turn: float = 20.0,
    blur: float = 0.5,
    exposure: float = 1.0,
    at: tuple[float, float] = (-0.25, 0.3),
) -> EyeWindows:
    """Two equal eyes with an iris and a lamp so many native pixels across (the lamp: root of its area),
    drawn 8 times as fine, blurred by a deviation in native pixels, and scaled to a window as `eyes` does."""
    across = round(REACH * iris)
    place = ((torch.arange(across * _FINE) + 0.5) / _FINE - across / 2) / (iris / 2)
    right, up = place[None], -place[:, None]
    size = wide / math.sqrt(_AREA[shape]) / (iris / 2)
    a = math.radians(turn)
    x, y = (right - at[0]) / size, (up - at[1]) / size
    picture = torch.where(torch.hypot(right, up) < 1, 0.06, 0.5)
    lamp = inside(shape, x * math.cos(a) + y * math.sin(a), y * math.cos(a) - x * math.sin(a))
    picture = F.avg_pool2d(torch.where(lamp, 0.9, picture)[None, None], _FINE) * exposure
    k = torch.exp(-((torch.arange(-4, 5) / blur) ** 2) / 2)
    k = k / k.sum()
    padded = F.pad(picture, (4, 4, 4, 4), mode="replicate")
    soft = F.conv2d(F.conv2d(padded, k[None, None, None]), k[None, None, :, None])
    window = F.interpolate(soft, (SIDE, SIDE), mode="bilinear", antialias=True)
    ring = torch.tensor([SIDE / 2, SIDE / 2, SIDE / (2 * REACH)]).expand(1, 2, 3)
    half = (torch.arange(SIDE) + 0.5 - SIDE / 2) / (SIDE / (2 * REACH))
    opening = (half[:, None].abs() < 0.85 * (1 - (half / 2) ** 2)).float()
    return EyeWindows(
        linear=window.expand(1, 2, 3, -1, -1),
        opening=opening.expand(1, 2, SIDE, SIDE),
        iris=ring,
        frame=ring + torch.tensor([100.0, 200.0, 0.0]),
        diameter=torch.full((1, 2), iris),
    )


def measured(of: EyeWindows) -> PerImage:
    glints = eye_glints(of)
    return catchlight_roundness(glint_shapes(of, glints), glints)


@pytest.mark.parametrize("turn", [0.0, 20.0, 45.0])
@pytest.mark.parametrize(("shape", "round_"), [("disc", 1), ("octagon", 1), ("square", 0), ("strip", 0)])
def test_known_shapes(shape: str, round_: int, turn: float) -> None:
    # 10 pixels wide under a blur of 0.5: T^2 of a square is (1 + 12 (0.5^2 + ...) / 100)^2 too large at most.
    assert float(measured(eyes(shape, wide=10.0, turn=turn)).value) == pytest.approx(round_, abs=0.2)


@pytest.mark.parametrize("wide", [5.5, 6.5, 8.0])
@pytest.mark.parametrize("blur", [0.3, 0.6, 1.0])
def test_square_and_round_are_apart_from_five_pixels_on(wide: float, blur: float) -> None:
    square, disc = (float(measured(eyes(s, wide=wide, blur=blur)).value) for s in ("square", "disc"))
    assert disc > 0.75
    assert square < 0.7


def test_the_error_covers_what_blur_rounds() -> None:
    result = measured(eyes("square", wide=5.5, blur=0.6))
    assert result.error is not None
    assert float(result.error) > float(result.value) / 1.645
    larger = measured(eyes("square", wide=10.0, blur=0.6))
    assert larger.error is not None
    assert float(larger.error) < float(result.error)


def test_the_more_blurred_the_rounder() -> None:
    found = [float(measured(eyes("square", blur=blur)).value) for blur in (0.4, 0.9, 1.4)]
    assert found == sorted(found)
    assert found[0] < found[2]


def test_exposure_does_not_matter() -> None:
    one, other = measured(eyes("square")), measured(eyes("square", exposure=0.3))
    torch.testing.assert_close(one.value, other.value, atol=1e-3, rtol=0)


def test_a_mirror_does_not_matter() -> None:
    of = eyes("strip")
    mirrored = replace(of, linear=of.linear.flip(-1, 1), opening=of.opening.flip(-1, 1))
    torch.testing.assert_close(measured(of).value, measured(mirrored).value, atol=1e-3, rtol=0)


def test_neighbours_do_not_matter() -> None:
    one, other = eyes("square"), eyes("disc")
    fields = ("linear", "opening", "iris", "frame", "diameter")
    both = EyeWindows(**{name: torch.cat((getattr(other, name), getattr(one, name))) for name in fields})
    torch.testing.assert_close(measured(both).value[1:], measured(one).value)


def test_too_few_pixels_are_refused_with_their_number() -> None:
    assert measured(eyes("square", wide=3.0)).reasons()[0].endswith("px wide: its shape needs 4.5")
    assert "iris is 15 px wide" in measured(eyes("disc", wide=4.0, iris=15.0)).reasons()[0]


def test_a_glint_that_a_lid_cuts_has_no_outline() -> None:
    glints = eye_glints(eyes("disc"))
    shapes = glint_shapes(eyes("disc"), glints)
    assert float(shapes.cut.max()) < 0.01
    cut = replace(shapes, cut=torch.tensor([[0.3, 0.2]]))
    assert "lid" in catchlight_roundness(cut, glints).reasons()[0]
    half = replace(shapes, cut=torch.tensor([[0.3, 0.0]]))
    assert float(catchlight_roundness(half, glints).value) > 0.75


def test_eyes_that_contradict_each_other_widen_the_error() -> None:
    one, other = eyes("square", turn=0.0), eyes("square", turn=45.0)
    mixed = replace(one, linear=torch.stack((one.linear[:, 0], other.linear[:, 1]), 1))
    alike, apart = measured(one).error, measured(mixed).error
    assert alike is not None and apart is not None
    assert float(apart) > float(alike) + 0.3


def test_the_outline_is_drawn_where_the_lamp_stands() -> None:
    of = eyes("square", wide=10.0)
    frame = canvas(torch.zeros(1, 3, 300, 200))
    shapes = glint_shapes(of, eye_glints(of))
    area = catchlights_outlined(shapes, of, frame).areas["outline of the catchlight"]
    # As large on the frame as in the window; -0.25 and 0.3 radii of 20 from the middle at 132, 232.
    assert float(area.sum()) == pytest.approx(100, rel=0.2)
    x = (area.sum((0, 1, 2)) * (torch.arange(200) + 0.5)).sum() / area.sum()
    y = (area.sum((0, 1, 3)) * (torch.arange(300) + 0.5)).sum() / area.sum()
    assert float(x) == pytest.approx(127, abs=0.5)
    assert float(y) == pytest.approx(226, abs=0.5)
