"""A trial key of a cutout whose coverage is exact, at a size larger than the frame."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from cutouts import Cutout, coverage, rendered
from PIL import Image

from lightmeter.engine.trial_key import trial_key
from lightmeter.errors import LightmeterError
from lightmeter.optics.transfer import encoded_from_linear

LARGE = Cutout(side=1400, soft=3.0, mottle=0.0)


def saved(cutout: Cutout, folder: Path) -> Path:
    codes = (encoded_from_linear(rendered(cutout)) * 255).round().to(torch.uint8)
    Image.fromarray(codes.permute(1, 2, 0).numpy()).save(folder / "picture.png")
    return folder / "picture.png"


@pytest.mark.parametrize("backdrop", [None, (49, 188, 71)])
def test_native_size_exact_edge_and_own_colour(backdrop: tuple[int, int, int] | None, tmp_path: Path) -> None:
    found = trial_key(saved(LARGE, tmp_path), backdrop, "cpu")
    assert found.rgba.shape == (1400, 1400, 4)
    alpha = found.rgba[..., 3] / 255
    # Coverage is pulled from encoded values, light is mixed in linear ones: within the ramp of 3 pixels
    # that is up to 0.15, and 1.3 % of the frame is ramp.
    assert np.abs(alpha - coverage(LARGE).numpy()).mean() < 2e-3
    own = 255 * encoded_from_linear(torch.tensor(LARGE.own))
    edge = found.rgba[(alpha > 0.3) & (alpha < 0.7)][:, :3]
    assert len(edge) > 1000
    # No green left: an uncleaned edge would be some 50 codes greener.
    assert np.abs(np.median(edge, 0) - own.numpy()).max() < 12
    assert not found.rgba[alpha == 0].any()
    assert {each.wanted.measurement for each in found.readings} >= {"key_spill", "edge_halo"}


def test_where_there_is_nothing_to_key_it_says_so(tmp_path: Path) -> None:
    empty = replace(LARGE, side=300, own=LARGE.backdrop)
    with pytest.raises(LightmeterError, match="no subject found"):
        trial_key(saved(empty, tmp_path), None, "cpu")
