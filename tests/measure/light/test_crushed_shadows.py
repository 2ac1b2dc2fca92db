"""crushed_shadows on frames whose share is counted by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.crushed_shadows import crushed_shadows
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import Matte

WHOLE = Matte(torch.ones(1, 1, 10, 10))


def frame(share: float, code: float = 0.0 * 255, rest: float = 128.0) -> Tensor:
    """(1, 3, 10, 10) encoded: the first rows at `code`, the others at `rest`, of 255."""
    encoded = torch.full((1, 3, 10, 10), rest / 255)
    encoded[..., : round(10 * share), :] = code / 255
    return encoded


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_known_share(share: float) -> None:
    assert float(crushed_shadows(frame(share), WHOLE).value) == pytest.approx(share)


def test_the_threshold_is_a_code() -> None:
    assert float(crushed_shadows(frame(0.3, 5), WHOLE).value) == pytest.approx(0.3)
    assert float(crushed_shadows(frame(0.3, 6), WHOLE).value) == 0


def test_only_the_subject_counts_by_its_coverage() -> None:
    alpha = torch.zeros(1, 1, 10, 10)
    alpha[..., :2, :], alpha[..., 2:4, :] = 1.0, 0.5  # 20 + 10 pixels of coverage, the first 10 hit
    assert float(crushed_shadows(frame(0.1), Matte(alpha)).value) == pytest.approx(10 / 30)


def test_a_mirror_leaves_it() -> None:
    encoded = torch.rand(1, 3, 10, 10, generator=torch.Generator().manual_seed(0)).round()
    assert crushed_shadows(encoded.flip(-1), WHOLE).value == crushed_shadows(encoded, WHOLE).value


def test_not_measured_without_a_subject() -> None:
    nothing = Matte(torch.zeros(1, 1, 10, 10), (Refusal(torch.tensor([True]), "no subject found"),))
    assert crushed_shadows(frame(0.5), nothing).reasons() == ["no subject found"]


def test_all_channels_must_be_dark() -> None:
    encoded = frame(0.5)
    encoded[:, 2, :2] = 0.5  # blue still holds detail in two of the five rows
    assert float(crushed_shadows(encoded, WHOLE).value) == pytest.approx(0.3)


def test_falls_with_exposure() -> None:
    ramp = torch.linspace(0, 0.2, 100).reshape(1, 1, 10, 10).expand(1, 3, 10, 10)
    found = [float(crushed_shadows(gain * ramp, WHOLE).value) for gain in (0.05, 0.5, 1.0, 4.0)]
    assert found == sorted(found, reverse=True)
    assert found[0] == 1
