"""Pictures and scenes that several rooms are tested with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from beams import Beam
from metals import GOLD, necklace
from PIL import Image
from skimage import data
from torch import Tensor

from lightmeter.engine.scene import Scene
from lightmeter.optics.transfer import encoded_from_linear, linear_from_encoded
from lightmeter.read.picture import Picture
from lightmeter.see.clip_checkpoint import ClipSpec
from lightmeter.see.face import face
from lightmeter.see.regions import FaceMesh

NO_WEIGHTS = ClipSpec("ViT-B-32", "no-such-folder/absent.safetensors")
"""So that a machine which has CLIP weights gives the same answers as one which has none."""


@pytest.fixture(scope="session")
def asked() -> dict[str, Any]:
    """Something for each parameter that must be given. A new one is added here."""
    return {"key_colour": "#706860", "wanted": ["hammered gold"], "against": ["yellow plastic"]}


@pytest.fixture(scope="session")
def picture_of() -> Callable[..., Picture]:
    """`picture_of(linear)`: (H, W, 3) scene-linear 0..1 as an opaque 16-bit picture, so that a change of
    exposure is not a change of rounding."""

    def build(linear: np.ndarray, alpha: np.ndarray | None = None) -> Picture:
        coded = encoded_from_linear(torch.from_numpy(linear).double().clamp(0, 1)).numpy()
        return Picture(np.rint(65535 * coded).astype(np.uint16), alpha, "")

    return build


@pytest.fixture(scope="session")
def scene_of() -> Callable[..., Scene]:
    """`scene_of(pictures)`: the roots as the engine gives them."""

    def build(pictures: Sequence[Picture], device: str = "cpu") -> Scene:
        linear = torch.stack([picture.frame() for picture in pictures]).to(device)
        roots = {"linear": linear, "encoded": encoded_from_linear(linear), "pictures": tuple(pictures)}
        roots |= {"prompts": ("a portrait",) * len(pictures), "clip_spec": NO_WEIGHTS}
        return Scene({**roots, "clip_regions": ("whole",)})

    return build


def enlarged(box: tuple[int, int, int, int], width: int, height: int) -> np.ndarray:
    """(height, width, 3) scene-linear: a part of the astronaut, a photograph in the public domain.

    Pixels are repeated, not interpolated: so it has detail at its own scale, as if taken so large."""
    part = Image.fromarray(data.astronaut()).crop(box).resize((width, height), Image.Resampling.BOX)
    return linear_from_encoded(torch.from_numpy(np.asarray(part).copy())).numpy()


def relit(linear: np.ndarray, nose: tuple[int, int], reach: tuple[int, int], azimuth: float) -> np.ndarray:
    """Under a key 20 degrees up and 2 stops over its fill, as an ellipsoid at the face would shade."""
    y, x = np.mgrid[: linear.shape[0], : linear.shape[1]]
    across, up = (x - nose[0]) / reach[0], (nose[1] - y) / reach[1]
    beyond = np.maximum(1.0, np.hypot(across, up) / 0.95)
    across, up = across / beyond, up / beyond
    turn, high = np.deg2rad(azimuth), np.deg2rad(20.0)
    towards = (np.cos(high) * np.sin(turn), np.sin(high), np.cos(high) * np.cos(turn))
    facing = across * towards[0] + up * towards[1] + np.sqrt(1 - across**2 - up**2) * towards[2]
    return linear * (0.8 * np.maximum(0.0, facing) + 0.2)[..., None].astype(np.float32)


@pytest.fixture(scope="session")
def portraits() -> tuple[np.ndarray, ...]:
    """Seven scene-linear pictures (750, 600, 3) below 0.9, with faces some 200 native pixels wide.

    A portrait in the flat light that it was taken in, two relit from either side, one of them with a softbox
    in its eyes, one under a beam 3 stops over the rest, a bare wall, a ball before a green one, which colours
    its edge, and the first with bare
    shoulders and a string of golden beads. No wider crop: what is subject among the props behind her is a
    guess, which a mirror image answers otherwise.
    """
    width, height = 600, 750
    near = enlarged((84, 0, 364, 350), width, height)
    high = enlarged((90, 0, 330, 300), width, height)[:, ::-1]
    left = relit(near, (302, 246), (115, 160), -55)
    right = relit(high, (263, 287), (130, 180), 50)
    for x, y in ((209, 253), (316, 248)):
        right[y : y + 6, x : x + 6] = 1.0
    beam = Beam(-35.0, (263.0, 287.0), 230.0, width=0.5, edge=0.1, stops=3.0).lit(high)
    ramp = np.linspace(1.0, 0.45, width, dtype=np.float32)[None, :, None]
    wall = np.full((height, width, 3), (0.3, 0.28, 0.25), np.float32) * ramp
    beads = necklace(torch.from_numpy(near).permute(2, 0, 1), (295, 382), 196, GOLD, skin=(0.40, 0.27, 0.20))
    golden = beads.permute(1, 2, 0).numpy()
    return tuple(0.9 * each for each in (near, left, right, beam, wall, ball(width, height), golden))


def ball(width: int, height: int) -> np.ndarray:
    """A clay ball, lit from the camera, before a green wall that shines on its edge."""
    y, x = np.mgrid[:height, :width] + 0.5
    inwards = 0.3 * width - np.hypot(x - width / 2, y - height / 2)
    share = np.clip(inwards / 3 + 0.5, 0, 1)[..., None]
    green = np.array((0.05, 0.5, 0.08))
    clay = np.array((0.5, 0.3, 0.2)) * np.clip(inwards / (0.3 * width), 0.3, 1)[..., None]
    spilt = clay + 0.1 * green * np.exp(-((np.maximum(inwards, 0) / 12) ** 2))[..., None]
    return (share * spilt + (1 - share) * green).astype(np.float32)


@pytest.fixture(scope="session")
def astronaut() -> Tensor:
    """(1, 3, 438, 350) scene-linear portrait, its face some 115 pixels wide."""
    return torch.from_numpy(enlarged((84, 0, 364, 350), 350, 438)).permute(2, 0, 1)[None].contiguous()


@pytest.fixture(scope="session")
def astronaut_face(astronaut: Tensor) -> FaceMesh:
    """The mesh of `astronaut`."""
    return face(encoded_from_linear(astronaut))


@pytest.fixture(scope="session")
def no_face() -> FaceMesh:
    """What `face` gives of a frame with nobody in it."""
    return face(torch.full((1, 3, 64, 64), 0.5))


@pytest.fixture(
    params=[
        "cpu",
        pytest.param(
            "cuda",
            marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device"),
        ),
    ]
)
def device(request: pytest.FixtureRequest) -> str:
    """Each device in turn."""
    name: str = request.param
    return name
