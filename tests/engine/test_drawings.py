from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from lightmeter.engine import drawings as module
from lightmeter.engine.drawings import drawings_of, drawn
from lightmeter.engine.scene import Scene
from lightmeter.measure.overlay import Marks, Overlay
from lightmeter.measure.records import Wanted

NAN = float("nan")


def marks(linear: torch.Tensor) -> Marks:
    """Of two frames, 200 high: the right half of the first, a line and an arrow; nothing on the second."""
    half = torch.zeros(2, 1, 200, 400)
    half[0, :, :, 200:] = 1
    line = torch.tensor([[[[0.0, 0.0], [100.0, 50.0]]], [[[0.0, NAN], [1.0, 1.0]]]])
    arrow = torch.tensor([[[20.0, 20.0, 100.0, 100.0, 12.0]], [[NAN] * 5]])
    return Marks(areas={"lit": half}, paths={"edge": line}, arrows={"key": arrow})


LIT = Overlay("lit_side", ("face_contrast", "megapixels"), marks)


def test_shapes_are_shares_of_the_height_and_unknown_ones_are_left_out() -> None:
    scene = Scene({"linear": torch.zeros(2, 3, 200, 400)})
    first, second = drawings_of(scene, [(LIT, Wanted("megapixels"))], 2)
    (drawing,) = first
    assert drawing.name == "lit side"
    assert drawing.measurements == LIT.measurements
    # 10,000 parts to a height of 200 pixels: 50 to a pixel. Degrees stay degrees.
    assert drawing.paths == {"edge": ((0, 0, 5000, 2500),)}
    assert drawing.arrows == {"key": ((1000, 1000, 5000, 5000, 12),)}
    plane = np.asarray(Image.open(io.BytesIO(drawing.areas["lit"])))
    assert plane.shape == (112, 224)
    assert (plane[:, :112] == 0).all()
    assert (plane[:, 112:] == 252).all()
    assert second == ()


def test_only_what_was_measured_is_drawn_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "overlays", lambda: (LIT,))
    tinted = Wanted.of("megapixels", {"a": 1})
    assert drawn([Wanted("sharpness")]) == []
    assert drawn([tinted, Wanted("face_contrast")]) == [(LIT, tinted)]


def test_a_spectrum_keeps_three_digits_and_its_gaps() -> None:
    def curve(linear: torch.Tensor) -> Marks:
        return Marks(spectra={"skin": torch.tensor([[1.23456, NAN, 0.0], [NAN, NAN, NAN]])})

    scene = Scene({"linear": torch.zeros(2, 3, 200, 400)})
    chart = Overlay("chart", ("skin_texture",), curve)
    (drawing,), nothing = drawings_of(scene, [(chart, Wanted("skin_texture"))], 2)
    assert drawing.spectra == {"skin": (1.23, None, 0.0)}
    assert nothing == ()
