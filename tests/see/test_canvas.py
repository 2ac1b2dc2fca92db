"""Cells over a frame, in its own pixels."""

from __future__ import annotations

import pytest
import torch

from lightmeter.see.canvas import canvas


@pytest.mark.parametrize(("height", "width"), [(300, 200), (1024, 1024), (700, 1024), (1, 5)])
def test_cells_fill_the_frame_evenly(height: int, width: int) -> None:
    middles = canvas(torch.zeros(2, 3, height, width)).middles
    assert max(middles.shape[:2]) == min(448, max(height, width))
    # Middles of n even cells over a length have the length's half as their mean.
    assert middles.mean((0, 1)).tolist() == pytest.approx([width / 2, height / 2])
    assert middles[0, 0].tolist() == pytest.approx(
        [width / middles.shape[1] / 2, height / middles.shape[0] / 2]
    )


def test_a_small_frame_has_a_cell_a_pixel() -> None:
    middles = canvas(torch.zeros(1, 3, 2, 3)).middles
    assert middles.tolist() == [[[0.5, 0.5], [1.5, 0.5], [2.5, 0.5]], [[0.5, 1.5], [1.5, 1.5], [2.5, 1.5]]]
