"""The provider `metal` on a portrait with a ringed hand, and on a hand alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from hands import FINGERS, hand, placed
from metals import GOLD, LAMPS, shaded

from lightmeter.engine.scene import Scene
from lightmeter.measure.metal.metal_share import metal_share
from lightmeter.read.picture import Picture
from lightmeter.see.metal import Metal

_MIDDLE, _SCALE = (470.0, 560.0), 0.75


def ringed(picture: np.ndarray, beads: int) -> np.ndarray:
    """The portrait with a hand in front, and a ring of so many gold beads, which glint once each."""
    found = torch.from_numpy(hand(picture, _MIDDLE, _SCALE)).permute(2, 0, 1).float()
    y, x = torch.meshgrid(*(torch.arange(n) + 0.5 for n in found.shape[1:]), indexing="ij")
    root, tip, _ = FINGERS[2]
    at = placed(tuple(0.72 * a + 0.28 * b for a, b in zip(root, tip, strict=True)), _MIDDLE, _SCALE)
    for i in range(beads):
        u, v = (x - at[0] - 8 * (i - (beads - 1) / 2)) / 5, (at[1] - y) / 7
        bead = u * u + v * v < 1
        normal = torch.stack((u, v, (1 - u * u - v * v).clamp_min(0).sqrt()), dim=2)[bead]
        found[:, bead] = 0.4 * shaded(normal, GOLD, LAMPS[:1]).T.clamp(0, 2.3)
    return found.permute(1, 2, 0).numpy()


@pytest.fixture(scope="module")
def rings(
    portraits: tuple[np.ndarray, ...], picture_of: Callable[..., Picture], scene_of: Callable[..., Scene]
) -> Callable[[int], Scene]:
    return lambda beads: scene_of([picture_of(ringed(portraits[0], beads).astype(np.float32))])


def at_ring(metal: Metal, scene: Scene) -> float:
    """Cells that are found within 30 pixels of the ring, less those elsewhere."""
    linear = scene.input("linear")
    drawn = metal.to_frame(metal.alpha, linear)[0, 0]
    root, tip, _ = FINGERS[2]
    at = placed(tuple(0.72 * a + 0.28 * b for a, b in zip(root, tip, strict=True)), _MIDDLE, _SCALE)
    y, x = torch.meshgrid(*(torch.arange(n) + 0.5 for n in drawn.shape), indexing="ij")
    near = (x - at[0]) ** 2 + (y - at[1]) ** 2 < 30**2
    return float((drawn * near).sum() - (drawn * ~near).sum())


def test_a_ring_is_found_on_its_finger(rings: Callable[[int], Scene]) -> None:
    scene = rings(4)
    metal = scene.input("metal")
    assert at_ring(metal, scene) > 60
    share = scene.call(metal_share, {})
    assert 0 < float(share.value[0]) < 0.02 and not any(share.reasons())


def test_fewer_beads_are_found_where_a_rubric_names_it(rings: Callable[[int], Scene]) -> None:
    scene = rings(2)
    named, unnamed = scene.input("metal", {"things": "ring"}), scene.input("metal")
    assert at_ring(named, scene) > 40
    assert not (unnamed.alpha > named.alpha).any()


def test_a_bare_hand_has_none(rings: Callable[[int], Scene]) -> None:
    share = rings(0).call(metal_share, {"things": ["ring"]})
    assert share.value.isnan().all() and "that are named" in share.reasons()[0]


def test_a_prompt_names_it_too(
    rings: Callable[[int], Scene], scene_of: Callable[..., Scene], picture_of: Callable[..., Picture]
) -> None:
    scene = rings(2)
    roots: dict[str, Sequence[str | None]] = {"prompts": ("a woman with a gold ring",)}
    names = ("linear", "encoded", "face", "hands", "subject", "background", "skin", "hair")
    named = Scene({**{name: scene.input(name) for name in names}, **roots})
    assert at_ring(named.input("metal"), scene) > 40


def test_a_hand_alone_is_no_object_of_metal(
    picture_of: Callable[..., Picture], scene_of: Callable[..., Scene]
) -> None:
    picture = hand(np.full((512, 512, 3), 0.13), (256, 300)).astype(np.float32)
    assert "a hand but no face" in scene_of([picture_of(picture)]).call(metal_share, {}).reasons()[0]
