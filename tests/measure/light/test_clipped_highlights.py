"""clipped_highlights on frames whose share is counted by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.clipped_highlights import clipped_highlights
from lightmeter.see.provide import Refusal
from lightmeter.see.regions import Matte

WHOLE = Matte(torch.ones(1, 1, 10, 10))


def frame(share: float, code: float = 1.0 * 255, rest: float = 128.0) -> Tensor:
    """(1, 3, 10, 10) encoded: the first rows at `code`, the others at `rest`, of 255."""
    encoded = torch.full((1, 3, 10, 10), rest / 255)
    encoded[..., : round(10 * share), :] = code / 255
    return encoded


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_known_share(share: float) -> None:
    assert float(clipped_highlights(frame(share), WHOLE).value) == pytest.approx(share)


def test_the_threshold_is_a_code() -> None:
    assert float(clipped_highlights(frame(0.3, 250), WHOLE).value) == pytest.approx(0.3)
    assert float(clipped_highlights(frame(0.3, 249), WHOLE).value) == 0


def test_only_the_subject_counts_by_its_coverage() -> None:
    alpha = torch.zeros(1, 1, 10, 10)
    alpha[..., :2, :], alpha[..., 2:4, :] = 1.0, 0.5  # 20 + 10 pixels of coverage, the first 10 hit
    assert float(clipped_highlights(frame(0.1), Matte(alpha)).value) == pytest.approx(10 / 30)


def test_a_mirror_leaves_it() -> None:
    encoded = torch.rand(1, 3, 10, 10, generator=torch.Generator().manual_seed(0)).round()
    assert clipped_highlights(encoded.flip(-1), WHOLE).value == clipped_highlights(encoded, WHOLE).value


def test_not_measured_without_a_subject() -> None:
    nothing = Matte(torch.zeros(1, 1, 10, 10), (Refusal(torch.tensor([True]), "no subject found"),))
    assert clipped_highlights(frame(0.5), nothing).reasons() == ["no subject found"]


def test_one_channel_is_enough() -> None:
    encoded = frame(0.0)
    encoded[:, 2, :4] = 1.0  # blue alone
    assert float(clipped_highlights(encoded, WHOLE).value) == pytest.approx(0.4)


def test_rises_with_exposure() -> None:
    ramp = torch.linspace(0, 1, 100).reshape(1, 1, 10, 10).expand(1, 3, 10, 10)
    found = [
        float(clipped_highlights((gain * ramp).clamp(max=1), WHOLE).value) for gain in (0.9, 1.0, 1.2, 2.0)
    ]
    assert found == sorted(found)
    assert found[0] == 0
