"""Where a picture bears writing, by the detector of rapidocr, an optional extra.

The PP-OCR detector (Liao et al. 2020, Real-time Scene Text Detection with Differentiable Binarization) that
ships inside the package rapidocr runs on the host through onnxruntime; it reads nothing, and fetches nothing.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.picture import Picture
from lightmeter.see.generator_mark import GeneratorMark
from lightmeter.see.provide import Refusal, provides

_LONG_SIDE = 1280
_SURE = 0.5
"""From this strength on a generator's mark is one, and no writing: the detector boxes it too."""
_READING = threading.Lock()
_ABSENT = "text is found by rapidocr, which is not installed: pip install 'lightmeter[text]'"


@dataclass(frozen=True)
class Text:
    """area: (B, 1, H, W) float32 on the frame, 1 inside the box of a line of writing; 0 where refused."""

    area: Tensor
    refusals: tuple[Refusal, ...] = ()


@provides
def text(pictures: Sequence[Picture], linear: Tensor, generator_mark: GeneratorMark) -> Text:
    """Boxes around lines of text, a generator's star left out; all refused without rapidocr."""
    count, _, height, width = linear.shape
    with _READING:
        reader = _reader()
    if reader is None:
        everyone = torch.ones(count, dtype=torch.bool, device=linear.device)
        return Text(linear.new_zeros(count, 1, height, width), (Refusal(everyone, _ABSENT),))
    stars = _stars(generator_mark)
    areas = [
        _filled(_boxes(reader, picture) * (width, height), star, height, width)
        for picture, star in zip(pictures, stars, strict=True)
    ]
    return Text(torch.stack(areas).to(linear.device))


@cache
def text_reader() -> str:
    """Which reader finds text: name and version, or "absent"; part of the key of every value read by it."""
    names = ("rapidocr", "onnxruntime")
    if any(importlib.util.find_spec(name) is None for name in names):
        return "absent"
    return ", ".join(f"{name} {version(name)}" for name in names)


def _stars(mark: GeneratorMark) -> list[list[float]]:
    """x, y and radius of each picture's star, radius 0 where there is none."""
    radius = mark.radius.where(mark.strength >= _SURE, 0.0)
    return torch.cat((mark.centre, radius[:, None]), 1).tolist()


def _boxes(reader: Any, picture: Picture) -> npt.NDArray[np.float64]:
    """(N, 4, 2) corners x, y of the lines of text, as shares of the picture's width and height."""
    coded = (255 * encoded_from_linear(picture.frame(_LONG_SIDE))).round().to(torch.uint8)
    bgr = np.ascontiguousarray(coded.permute(1, 2, 0).numpy()[..., ::-1])
    with _READING:
        found = reader(bgr, use_det=True, use_cls=False, use_rec=False).boxes
    corners = np.zeros((0, 4, 2)) if found is None else np.asarray(found, np.float64)
    return corners / (bgr.shape[1], bgr.shape[0])


def _filled(boxes: npt.NDArray[np.float64], star: list[float], height: int, width: int) -> Tensor:
    """(1, height, width) 1 inside any of the boxes, but for those whose middle lies on the star."""
    x, y, radius = star
    plane = np.zeros((height, width), np.uint8)
    for box in boxes:
        across, down = box.mean(0)
        if max(abs(across - x), abs(down - y)) >= radius:
            cv2.fillPoly(plane, [np.rint(box - 0.5).astype(np.int32)], 1)
    return torch.from_numpy(plane).float()[None]


@cache
def _reader() -> Any | None:
    """rapidocr with its detector alone, loaded once; None where it or onnxruntime is not installed."""
    if text_reader() == "absent":
        return None
    from rapidocr import RapidOCR

    threads = torch.get_num_threads()
    return RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.use_cls": False,
            "Global.use_rec": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
