"""The shape of the lamp in the eyes: drawn ones of known shape, and the largest of the data by eye."""

from __future__ import annotations

import itertools
import math
from typing import Literal

import numpy as np
import pandas as pd
import torch
from figures import Headline, number, section, share, table
from metering import Meter
from torch.nn import functional as F

from lightmeter.measure.light.catchlight_roundness import catchlight_roundness
from lightmeter.measure.light.eye_glints import eye_glints
from lightmeter.measure.light.glint_shapes import glint_shapes
from lightmeter.optics.cornea import RADIUS
from lightmeter.see.eyes import REACH, SIDE, EyeWindows

_SHAPES = """
rectangular extra/picotrex/case63__output.jpg
rectangular extra/songguoxs/473.jpeg
rectangular real/kodak/kodak/kodim04.png
round extra/picotrex/case37__input.jpg
round extra/songguoxs/784.jpeg
round extra/evolink/portrait_case87__output.jpg
neither extra/evolink/portrait_case7__output.jpg
neither extra/songguoxs/866.jpeg
neither extra/muset/case53__case.webp
neither real/vladhuman/samples/in/stock-emotions-a-1.jpg
"""
"""The largest catchlights of the data, named by eye on enlarged crops; `neither`: wedges, lashes, blurs."""
_SQUARE_BELOW = 0.75
_IRISES = (20, 30, 40, 60)
_LAMPS = (15.0, 30.0, 45.0)
_BLURS = (0.3, 0.6, 1.0)
_TURNS = (0.0, 20.0, 45.0)
_FINE = 8
_AT = (-0.25, 0.3)
_SHIFTS = (0.0, 0.4)
"""Native pixels: two eyes never lie alike on the raster."""


def shaped(meter: Meter) -> tuple[str, list[Headline]]:
    """Drawn lamps of known shape, and the few large catchlights of the data."""
    rows, wrong, known = [], 0, 0
    for iris in _IRISES:
        for lamp in _LAMPS:
            values = {shape: _drawn(shape, iris, lamp) for shape in ("round", "rectangular")}
            rows.append([f"{iris}", f"{lamp:.0f}", *(_span(each) for each in values.values())])
            for shape, each in values.items():
                read = each[np.isfinite(each)]
                known += len(read)
                wrong += int(((read < _SQUARE_BELOW) == (shape == "round")).sum())
    hand = pd.DataFrame(
        [line.split(" ", 1) for line in _SHAPES.split("\n") if line], columns=["hand", "path"]
    )
    read_back = meter.of_data(list(hand.path))
    value, error = read_back.value.catchlight_roundness, read_back.error.catchlight_roundness
    by_eye = [
        [path, shape, number(value[path], 2), number(error[path], 2)]
        for shape, path in zip(hand.hand, hand.path, strict=True)
    ]
    clear = hand[(hand.hand != "neither") & value[hand.path].notna().to_numpy()]
    agree = (clear.hand == "rectangular") == (value[clear.path] < _SQUARE_BELOW).to_numpy()
    text = section(
        "Shape of the lamp",
        "Drawn eyes with a disc or a square lamp so many degrees wide, in an iris so many native pixels "
        f"wide, under blurs of {', '.join(map(str, _BLURS))} pixels and at three turns: the lowest and "
        "the highest catchlight_roundness. Under 4.5 native pixels it is not measured.",
        table(["iris, px", "lamp, deg", "round", "rectangular"], rows),
        f"Told apart at {_SQUARE_BELOW}: {share(known - wrong, known)}.",
        "Portraits whose catchlights are the largest, named by eye:",
        table(["portrait", "by eye", "catchlight_roundness", "its error"], by_eye),
        f"Of the clear ones {share(int(agree.sum()), len(clear))} are told as by eye at {_SQUARE_BELOW}. "
        "Nine of ten portraits of a megapixel have smaller catchlights, and are refused.",
    )
    return text, [
        Headline("catchlight_roundness, round and square drawn lamps told apart", share(known - wrong, known))
    ]


def _drawn(shape: str, iris: int, lamp: float) -> np.ndarray:
    """catchlight_roundness under every blur and turn."""
    half = RADIUS * np.sin(np.deg2rad(lamp / 4))  # a half vector turns half as far as its light
    drawn = "disc" if shape == "round" else "square"
    cases = itertools.product(_TURNS, _BLURS)
    return np.array([_roundness(_eyes(drawn, iris, float(half), turn, blur)) for turn, blur in cases])


def _span(values: np.ndarray) -> str:
    known = values[np.isfinite(values)]
    return f"{known.min():.2f} to {known.max():.2f}" if len(known) else "too small"


def _eyes(shape: Literal["disc", "square"], iris: int, half: float, turn: float, blur: float) -> EyeWindows:
    """Two eyes, drawn finely, blurred and scaled as `lightmeter.see.eyes` scales them.

    iris: native pixels across.

    half: of the lamp's image, in iris radii. turn: deg. blur: deviation in native pixels.
    """
    window = torch.stack([_window(shape, iris, half, turn, blur, shift) for shift in _SHIFTS])
    ring = torch.tensor([SIDE / 2, SIDE / 2, SIDE / (2 * REACH)]).expand(1, 2, 3)
    at = (torch.arange(SIDE) + 0.5 - SIDE / 2) / (SIDE / (2 * REACH))
    opening = (at[:, None].abs() < 0.85 * (1 - (at / 2) ** 2)).float()
    return EyeWindows(
        linear=window[None, :, None].expand(1, 2, 3, -1, -1),
        opening=opening.expand(1, 2, SIDE, SIDE),
        iris=ring,
        frame=ring,
        diameter=torch.full((1, 2), float(iris)),
    )


def _window(shape: str, iris: int, half: float, turn: float, blur: float, shift: float) -> torch.Tensor:
    across = round(REACH * iris)
    place = ((torch.arange(across * _FINE) + 0.5) / _FINE - across / 2) / (iris / 2)
    moved = shift / (iris / 2)
    right, up = place[None] - moved, -place[:, None] - moved
    a = math.radians(turn)
    x, y = right - _AT[0], up - _AT[1]
    u, v = x * math.cos(a) + y * math.sin(a), y * math.cos(a) - x * math.sin(a)
    lamp = torch.hypot(u, v) < half if shape == "disc" else torch.maximum(u.abs(), v.abs()) < half
    eye = torch.where(torch.hypot(right, up) < 1, 0.06, 0.5)
    picture = F.avg_pool2d(torch.where(lamp, 0.9, eye)[None, None], _FINE)
    reach = torch.arange(-4, 5)
    kernel = torch.exp(-((reach / blur) ** 2) / 2)
    kernel = kernel / kernel.sum()
    padded = F.pad(picture, (4, 4, 4, 4), mode="replicate")
    soft = F.conv2d(F.conv2d(padded, kernel[None, None, None]), kernel[None, None, :, None])
    return F.interpolate(soft, (SIDE, SIDE), mode="bilinear", antialias=True)[0, 0]


def _roundness(eyes: EyeWindows) -> float:
    """catchlight_roundness of drawn eyes; NaN where it is refused."""
    glints = eye_glints(eyes)
    return float(catchlight_roundness(glint_shapes(eyes, glints), glints).value)
