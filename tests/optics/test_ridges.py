from __future__ import annotations

import pytest
import torch

from lightmeter.optics.ridges import Ridge, across, ridge


def _fit(angle: float, gain: float = 1.0, noise: float = 0.0, kind: str = "band") -> Ridge:
    """The ridge of a plane f(s) over a disc of radius 12 bins, from its exact slopes f'(s) n."""
    y, x = torch.meshgrid(torch.arange(-12.0, 13.0), torch.arange(-12.0, 13.0), indexing="ij")
    places = torch.stack((x, y), dim=-1).reshape(1, -1, 2)
    normal = across(torch.tensor(angle))
    s = places @ normal
    # A Gaussian bump of 2 stops, 3 bins wide, or the one-sided slope of its integral.
    bump = torch.exp(-0.5 * (s / 3) ** 2)
    rise = -2 * s / 9 * bump if kind == "band" else bump
    slopes = gain * rise[..., None] * normal
    slopes = slopes + noise * torch.randn(slopes.shape, generator=torch.Generator().manual_seed(1))
    weight = (places.norm(dim=-1) < 12).float()
    return ridge(slopes, places, weight, torch.tensor([60.0]))


@pytest.mark.parametrize("angle", [-89.0, -60.0, -45.0, -7.0, 0.0, 33.0, 80.0])
def test_a_plane_of_one_direction_is_explained(angle: float) -> None:
    found = _fit(angle)
    assert abs((float(found.angle) - angle + 90) % 180 - 90) < 1.1
    # A bin across the middle holds 2 / (12 pi) = 0.053 of the weight; slopes shrink to 0.053 / 0.057 = 0.93,
    # more at the disc's rim: the swing of 2 stops by that, the share by its square.
    assert 0.8 < float(found.share) <= 0.93**2
    assert float(found.swing) == pytest.approx(2.0 * 0.93, abs=0.1)


def test_an_edge_does_not_swing() -> None:
    found = _fit(20.0, kind="edge")
    assert float(found.share) > 0.8
    assert float(found.swing) == pytest.approx(0.0, abs=0.05)


def test_gain_does_not_move_the_axis() -> None:
    one, other = _fit(25.0, noise=0.1), _fit(25.0, gain=0.5, noise=0.05)
    torch.testing.assert_close(one.angle, other.angle, atol=0.01, rtol=0)
    torch.testing.assert_close(one.swing, 2 * other.swing, atol=0.01, rtol=0)


def test_noise_lowers_the_share_and_raises_the_error() -> None:
    found = [_fit(-40.0, noise=noise) for noise in (0.0, 0.3, 3.0)]
    shares, errors = [float(each.share) for each in found], [float(each.error) for each in found]
    assert shares == sorted(shares, reverse=True)
    assert errors == sorted(errors)
    assert errors[-1] > 15


def test_nothing_to_see_gives_no_nan() -> None:
    empty = ridge(torch.zeros(1, 9, 2), torch.zeros(1, 9, 2), torch.zeros(1, 9), torch.zeros(1))
    for value in (empty.angle, empty.error, empty.share, empty.swing):
        assert value.isfinite().all()
