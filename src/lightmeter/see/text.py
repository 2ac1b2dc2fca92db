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

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.picture import Picture
from lightmeter.see.generator_mark import GeneratorMark
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.raster import filled

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
    corners, known = _stacked([_boxes(reader, picture) * (width, height) for picture in pictures])
    corners, known = (each.to(linear.device, non_blocking=True) for each in (corners, known))
    known = known & ~_on_star(corners, generator_mark)
    area = torch.zeros(count, height, width, dtype=torch.bool, device=linear.device)
    for each in range(corners.shape[1]):
        one = slice(each, each + 1)
        area = area | filled(corners[:, one] - 0.5, known[:, one], (height, width))
    return Text(area[:, None].float())


@cache
def text_reader() -> str:
    """Which reader finds text: name and version, or "absent"; part of the key of every value read by it."""
    names = ("rapidocr", "onnxruntime")
    if any(importlib.util.find_spec(name) is None for name in names):
        return "absent"
    return ", ".join(f"{name} {version(name)}" for name in names)


def _stacked(boxes: list[npt.NDArray[np.float64]]) -> tuple[Tensor, Tensor]:
    """(B, N, 4, 2) corners of as many boxes as any picture has, and (B, N) bool, which of them are."""
    count = max(map(len, boxes))
    corners = torch.zeros(len(boxes), count, 4, 2, dtype=torch.float64)
    known = torch.zeros(len(boxes), count, dtype=torch.bool)
    for i, found in enumerate(boxes):
        corners[i, : len(found)], known[i, : len(found)] = torch.from_numpy(found), True
    return corners, known


def _on_star(corners: Tensor, mark: GeneratorMark) -> Tensor:
    """(B, N) bool: boxes whose middle lies on the star, where there is one."""
    radius = mark.radius.where(mark.strength >= _SURE, 0.0)
    return (corners.mean(2) - mark.centre[:, None]).abs().amax(2) < radius[:, None]


def _boxes(reader: Any, picture: Picture) -> npt.NDArray[np.float64]:
    """(N, 4, 2) corners x, y of the lines of text, as shares of the picture's width and height."""
    coded = (255 * encoded_from_linear(picture.frame(_LONG_SIDE))).round().to(torch.uint8)
    bgr = np.ascontiguousarray(coded.permute(1, 2, 0).numpy()[..., ::-1])
    with _READING:
        found = reader(bgr, use_det=True, use_cls=False, use_rec=False).boxes
    corners = np.zeros((0, 4, 2)) if found is None else np.asarray(found, np.float64)
    return corners / (bgr.shape[1], bgr.shape[0])


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
