"""A trial key: the subject of one picture, extracted at its native size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.engine.columns import columns
from lightmeter.engine.cuts import EDGES
from lightmeter.engine.plan import chosen_device
from lightmeter.engine.scene import Scene
from lightmeter.errors import LightmeterError
from lightmeter.measure.records import Reading, Wanted
from lightmeter.measure.registry import measurements
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.decode import decode
from lightmeter.read.picture import Picture
from lightmeter.see.fine_matte import KeyPull, key_pull

_ROWS = 256
"""Rows that exist as floats at one time."""


@dataclass(frozen=True)
class TrialKey:
    """rgba: (H, W, 4) uint8, sRGB with straight alpha, the backdrop taken out of the colour of the edges.

    readings: what a compositor should know of it.
    """

    rgba: npt.NDArray[np.uint8]
    readings: tuple[Reading, ...]


def trial_key(path: Path, backdrop: tuple[int, int, int] | None = None, device: str = "auto") -> TrialKey:
    """Pull the subject of a picture off its backdrop, or off an even one of this sRGB colour.

    The fields of the key are found on the frame, at most 1024 pixels long, and brought to the native
    pixels strip by strip, so that memory is that of the picture's integers. Raises LightmeterError
    where there is no subject or no backdrop.
    """
    picture = decode(path)
    linear = picture.frame()[None].to(chosen_device(device))
    roots = {"linear": linear, "encoded": encoded_from_linear(linear), "pictures": (picture,)}
    with torch.inference_mode():
        scene = Scene(roots)
        pull = _pull(scene, backdrop)
        for refusal in pull.refusals:
            if bool(refusal.when[0]):
                raise LightmeterError(f"{path}: {refusal.text(0)}")
        rgba = np.empty((picture.height, picture.width, 4), np.uint8)
        for top in range(0, picture.height, _ROWS):
            rgba[top : top + _ROWS] = _strip(picture, pull, top)
        return TrialKey(rgba, tuple(_reading(scene, str(path), name) for name in EDGES))


def _pull(scene: Scene, backdrop: tuple[int, int, int] | None) -> KeyPull:
    plate = scene.input("clean_plate")
    if backdrop is not None:
        colour = plate.encoded.new_tensor(backdrop) / 255
        plate = replace(plate, encoded=colour[None, :, None, None].expand_as(plate.encoded))
    return key_pull(scene.input("encoded"), scene.input("subject"), scene.input("background"), plate)


def _strip(picture: Picture, pull: KeyPull, top: int) -> npt.NDArray[np.uint8]:
    """(rows, W, 4) of the native picture from row `top` on."""
    rows = min(_ROWS, picture.height - top)
    device = pull.plate.device
    encoded = encoded_from_linear(picture.window(top, 0, rows, picture.width)[None].to(device))
    local = _brought(pull, top, rows, picture)
    alpha, _ = local.coverage(encoded)
    both = torch.cat((local.unmixed(encoded, alpha), alpha), 1)[0]
    codes: npt.NDArray[np.uint8] = (255 * both).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    return codes


def _brought(pull: KeyPull, top: int, rows: int, picture: Picture) -> KeyPull:
    """The fields on some rows of the native pixels."""
    fields = (pull.plate, pull.own, pull.core, pull.band, pull.silhouette)
    y = (torch.arange(top, top + rows, device=pull.plate.device) + 0.5) / picture.height * 2 - 1
    x = (torch.arange(picture.width, device=pull.plate.device) + 0.5) / picture.width * 2 - 1
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)[None]
    planes: Tensor = F.grid_sample(torch.cat(fields, 1), grid, padding_mode="border", align_corners=False)
    plate, own, core, band, silhouette = torch.split(planes, [3, 3, 1, 1, 1], dim=1)
    return KeyPull(plate, own, core, band, silhouette, pull.noise)


def _reading(scene: Scene, image: str, name: str) -> Reading:
    measured, wanted = measurements()[name], Wanted.of(name)
    (found,) = columns({wanted: scene.call(measured.function, {})})[wanted]
    return Reading(image, wanted, measured.unit, *found)
