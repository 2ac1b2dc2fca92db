"""watermark through the whole graph; the search itself is tested in tests/see/test_generator_mark.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from lightmeter.engine.scene import Scene
from lightmeter.measure.frame.watermark import star, watermark
from lightmeter.measure.registry import PerImage
from lightmeter.optics.transfer import linear_from_encoded
from lightmeter.read.picture import Picture

SIDE, RADIUS = 320, 10.0
CENTRE = SIDE - 2.33 * RADIUS
SceneOf, PictureOf = Callable[..., Scene], Callable[..., Picture]


def coded(cover: float) -> np.ndarray:
    """(320, 320, 3) a coded gradient under a star of that coverage, what discs about (+-1, +-1) leave."""
    at = np.abs(np.arange(SIDE) + 0.5 - CENTRE) / RADIUS
    x, y = np.meshgrid(at, at)
    star = (np.hypot(1 - x, 1 - y) >= 1) & (x <= 1) & (y <= 1)
    ground = np.linspace(0.2, 0.6, SIDE)[:, None]
    return np.repeat((ground + cover * star * (1 - ground))[..., None], 3, 2).astype(np.float32)


def measured(scene_of: SceneOf, picture_of: PictureOf, encoded: np.ndarray) -> tuple[PerImage, Scene]:
    scene = scene_of([picture_of(linear_from_encoded(torch.from_numpy(encoded)).numpy())])
    return scene.call(watermark, {}), scene


def test_a_star_is_nearly_one_and_none_is_low(scene_of: SceneOf, picture_of: PictureOf) -> None:
    found = [float(measured(scene_of, picture_of, coded(cover))[0].value) for cover in (0.5, 0.25, 0.0)]
    assert found[0] > 0.8 and found[1] > 0.8 and found[2] < 0.3


def test_a_mirror_takes_it_where_it_is_not_sought(scene_of: SceneOf, picture_of: PictureOf) -> None:
    assert float(measured(scene_of, picture_of, coded(0.5)[:, ::-1].copy())[0].value) < 0.3


def test_the_outline_is_drawn_where_the_star_lies(scene_of: SceneOf, picture_of: PictureOf) -> None:
    _, scene = measured(scene_of, picture_of, coded(0.5))
    (path,) = scene.call(star, {}).paths.values()
    assert path.shape[:2] == (1, 1)
    low, high = path[0, 0].amin(0), path[0, 0].amax(0)
    assert ((low + high) / 2).tolist() == pytest.approx([CENTRE, CENTRE], abs=2)
    assert (high - low).tolist() == pytest.approx([2 * RADIUS] * 2, rel=0.25)


def test_nothing_is_drawn_where_there_is_none(scene_of: SceneOf, picture_of: PictureOf) -> None:
    _, scene = measured(scene_of, picture_of, coded(0.0))
    assert all(path.isnan().all() for path in scene.call(star, {}).paths.values())
