"""Lab and CIEDE2000 against colour-science, against Sharma's published pairs, and their symmetries."""

from __future__ import annotations

import colour
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lightmeter.optics.colour import delta_e00, lab

# Sharma, Wu, Dalal 2005, table 1: Lab of one, Lab of the other, deltaE00.
SHARMA = np.array([
    [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
    [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
    [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
    [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
    [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
    [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
    [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
    [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
    [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
    [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
    [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
    [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
    [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
    [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
    [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
    [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
    [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
    [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
    [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
    [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
    [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
    [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
    [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
    [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
    [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
    [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
    [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
    [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
    [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
    [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
    [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
    [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
    [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
    [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
])  # fmt: skip

# Lindbloom's sRGB matrix, which the module uses, written out again.
MATRIX = np.array([
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
])  # fmt: skip

lab_values = st.tuples(st.floats(0, 100), st.floats(-120, 120), st.floats(-120, 120))


def channels(colours: np.ndarray, dtype: torch.dtype = torch.float32) -> Tensor:
    """(N, 3) to (1, 3, N)."""
    return torch.tensor(colours, dtype=dtype).T[None]


def random_rgb() -> np.ndarray:
    rgb = np.random.default_rng(7).random((10_000, 3))
    rgb[:500] *= 0.01  # on both sides of the straight part's end, Y = 0.008856
    rgb[500:700] = rgb[500:700, :1]
    return rgb


def test_lab_is_cie_lab_under_its_own_primaries_and_white() -> None:
    xyz = random_rgb() @ MATRIX.T
    white = colour.XYZ_to_xy(MATRIX.sum(1))
    expected = colour.XYZ_to_Lab(xyz, white)
    assert np.abs(lab(channels(random_rgb()))[0].T.numpy() - expected).max() < 1e-3


def test_lab_is_that_of_another_library_up_to_the_rounding_of_the_standard() -> None:
    # IEC 61966-2-1 prints its matrix to 4 digits and D65 is (0.3127, 0.3290) there, whose XYZ is not quite
    # the sum of the matrix' rows: 0.95046/1/1.08906 against our 0.95047/1/1.08883. A relative error e of XYZ
    # moves a by 500 f(t) e / 3, so the two rounded conventions part by up to 0.02 in a and b, no more.
    space = colour.RGB_COLOURSPACES["sRGB"]
    expected = colour.XYZ_to_Lab(colour.RGB_to_XYZ(random_rgb(), space), space.whitepoint)
    assert np.abs(lab(channels(random_rgb()))[0].T.numpy() - expected).max() < 0.025


@pytest.mark.parametrize(
    ("linear", "expected"),
    [
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        ((1.0, 1.0, 1.0), (100.0, 0.0, 0.0)),
        ((0.184187, 0.184187, 0.184187), (50.0, 0.0, 0.0)),  # Y = ((50 + 16) / 116)^3
        ((0.0, 0.0, 1.0), (32.297, 79.188, -107.860)),  # Lindbloom's calculator
        ((1.0, 0.0, 0.0), (53.241, 80.092, 67.203)),
    ],
)
def test_lab_of_known_colours(linear: tuple[float, ...], expected: tuple[float, ...]) -> None:
    found = lab(torch.tensor([linear])[..., None])[0, :, 0]
    torch.testing.assert_close(found, torch.tensor(expected), atol=0.01, rtol=0)


def test_every_grey_is_colourless() -> None:
    grey = torch.logspace(-5, 0, 400).expand(1, 3, 400)
    assert lab(grey)[:, 1:].abs().max() < 2e-4


def test_lightness_rises_with_luminance_through_the_straight_part() -> None:
    grey = torch.linspace(0, 1, 20_001, dtype=torch.float64).expand(1, 3, -1)
    assert (lab(grey)[0, 0].diff() > 0).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sharmas_pairs(dtype: torch.dtype) -> None:
    # Pairs 9 to 15 lie next to opposite hues, where the mean hue jumps by 180 degrees.
    found = delta_e00(channels(SHARMA[:, :3], dtype), channels(SHARMA[:, 3:6], dtype))[0]
    assert np.abs(found.numpy() - SHARMA[:, 6]).max() < (1e-4 if dtype == torch.float64 else 5e-4)


def test_ten_thousand_random_pairs() -> None:
    rng = np.random.default_rng(3)
    one = np.stack([rng.uniform(0, 100, 10_000), *rng.uniform(-128, 128, (2, 10_000))], 1)
    other = one[rng.permutation(10_000)].copy()
    other[:3000] = one[:3000] + rng.normal(0, 2, (3000, 3))  # neighbours, where the formula is used
    one[:200, 1:] = 0
    other[100:300, 1:] = 0  # both grey, and either
    expected = colour.difference.delta_E_CIE2000(one, other)
    assert np.abs(delta_e00(channels(one), channels(other))[0].numpy() - expected).max() < 1e-3


def test_greys_differ_in_lightness_alone() -> None:
    # From L 50 to 60: S_L = 1 + 0.015 (55 - 50)^2 / sqrt(20 + 25).
    one, other = torch.tensor([[50.0, 0, 0]])[..., None], torch.tensor([[60.0, 0, 0]])[..., None]
    expected = 10 / (1 + 0.015 * 25 / 45**0.5)
    assert float(delta_e00(one, other)) == pytest.approx(expected, abs=1e-5)


@given(lab_values, lab_values)
@settings(max_examples=60, deadline=None)
def test_is_a_symmetric_distance(one: tuple[float, ...], other: tuple[float, ...]) -> None:
    a, b = (torch.tensor([each], dtype=torch.float64)[..., None] for each in (one, other))
    assert float(delta_e00(a, a)) == 0
    assert float(delta_e00(a, b)) >= 0
    assert float(delta_e00(a, b)) == pytest.approx(float(delta_e00(b, a)), abs=1e-9)


def test_opposite_hues_are_symmetric_too() -> None:
    # The mean of hues exactly 180 degrees apart is (h1 + h2) / 2 whichever comes first.
    turn = torch.linspace(0, 2 * torch.pi, 721)
    one = torch.stack((torch.full_like(turn, 50), 30 * turn.cos(), 30 * turn.sin()))[None]
    other = one * torch.tensor([1.0, -1.0, -1.0])[None, :, None]
    torch.testing.assert_close(delta_e00(one, other), delta_e00(other, one), atol=1e-3, rtol=0)


def test_grows_with_lightness_chroma_and_hue_differences() -> None:
    centre = torch.tensor([50.0, 20.0, 10.0], dtype=torch.float64)
    for axis in ([1.0, 0, 0], [0, 2.0, 1.0], [0, -1.0, 2.0]):
        steps = torch.arange(6, dtype=torch.float64)[:, None] * torch.tensor(axis, dtype=torch.float64)
        found = delta_e00(centre.expand(6, 3)[..., None], (centre + steps)[..., None])
        assert (found[:, 0].diff() > 0).all()


def test_broadcasts_one_colour_over_a_picture() -> None:
    picture = lab(torch.rand(2, 3, 5, 7, generator=torch.Generator().manual_seed(0)))
    key = picture[:1, :, 2:3, 3:4]
    found = delta_e00(picture, key)
    assert found.shape == (2, 5, 7)
    assert float(found[0, 2, 3]) == 0
