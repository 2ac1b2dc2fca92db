"""text with a reader whose boxes are known, without one, and with rapidocr where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import torch

import lightmeter.see.text
from lightmeter.measure.frame.text_area import text_area
from lightmeter.read.picture import Picture
from lightmeter.see.generator_mark import GeneratorMark
from lightmeter.see.text import text, text_reader

WIDTH, HEIGHT = 400, 200
NO_MARK = GeneratorMark(torch.tensor([0.2]), torch.tensor([[380.0, 180.0]]), torch.tensor([10.0]))
MARK = GeneratorMark(torch.tensor([0.9]), torch.tensor([[380.0, 180.0]]), torch.tensor([10.0]))
LINE = [[40, 20], [200, 20], [200, 60], [40, 60]]
STAR = [[368, 168], [392, 168], [392, 192], [368, 192]]

Found = Callable[..., lightmeter.see.text.Text]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Found:
    """`found(boxes, mark)`: text of a grey picture in which a stub finds these boxes."""

    def run(boxes: Any, mark: GeneratorMark = NO_MARK, scale: int = 1) -> lightmeter.see.text.Text:
        array = None if boxes is None else np.array(boxes, np.float32) * scale
        monkeypatch.setattr(
            lightmeter.see.text, "_reader", lambda: lambda *_, **__: SimpleNamespace(boxes=array)
        )
        pixels = np.full((HEIGHT * scale, WIDTH * scale, 3), 128, np.uint8)
        return text([Picture(pixels, None, "")], torch.zeros(1, 3, HEIGHT, WIDTH), mark)

    return run


def test_a_box_is_its_share(found: Found) -> None:
    # 160 x 40 of 400 x 200 is 0.08; the plane holds whole pixels.
    assert float(text_area(found([LINE])).value) == pytest.approx(0.08, rel=0.04)


def test_the_size_that_the_reader_sees_does_not_matter(found: Found) -> None:
    once, thrice = (text_area(found([LINE], scale=scale)).value for scale in (1, 3))
    torch.testing.assert_close(once, thrice)


def test_overlapping_boxes_count_once_and_more_boxes_more(found: Found) -> None:
    one, twice, more = (float(text_area(found(b)).value) for b in ([LINE], [LINE, LINE], [LINE, STAR]))
    assert one == twice < more


def test_nothing_found_is_zero(found: Found) -> None:
    assert text_area(found(None)).value.tolist() == [0.0]


def test_a_generators_star_is_no_text(found: Found) -> None:
    assert float(text_area(found([STAR])).value) > 0.005
    assert float(text_area(found([STAR], MARK)).value) == 0
    assert float(text_area(found([LINE], MARK)).value) > 0.07


def test_without_rapidocr_nothing_is_measured_and_the_reason_says_how(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lightmeter.see.text, "_reader", lambda: None)
    picture = Picture(np.zeros((HEIGHT, WIDTH, 3), np.uint8), None, "")
    result = text_area(text([picture], torch.zeros(1, 3, HEIGHT, WIDTH), NO_MARK))
    assert result.value.isnan().all()
    assert "pip install 'lightmeter[text]'" in result.reasons()[0]


@pytest.mark.skipif(text_reader() == "absent", reason="rapidocr is not installed")
def test_rapidocr_finds_a_written_line_and_none_on_a_bare_wall() -> None:
    bare = np.full((HEIGHT, WIDTH, 3), 180, np.uint8)
    written = bare.copy()
    cv2.putText(written, "LIGHTMETER", (40, 110), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (20, 20, 20), 3)
    both = [Picture(each, None, "") for each in (bare, written)]
    marks = GeneratorMark(torch.zeros(2), torch.zeros(2, 2), torch.ones(2))
    value = text_area(text(both, torch.zeros(2, 3, HEIGHT, WIDTH), marks)).value.tolist()
    assert value[0] == 0
    # Letters are 35 pixels high over some 300: a ninth of the frame, and as much again as the box stands off.
    assert 0.1 < value[1] < 0.35
