from __future__ import annotations

from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.text import Text


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="area inside the boxes of PP-OCR's text detector (rapidocr) over the area of the frame",
    tolerance=0.01,
    exposure="free",
    mirror="free",
    rescale="free",
)
def text_area(text: Text) -> PerImage:
    """Share of the frame inside boxes around lines of writing, captions and written marks too: 0 for none.

    Boxes stand some way off the letters, as the detector draws them. A generator's star is no text: see
    watermark. A learned detector promises nothing about exposure, mirrored letters or those that a resize
    makes too small to see. Not measured where rapidocr is not installed: it comes with `lightmeter[text]`.
    """
    return PerImage(text.area.mean((1, 2, 3))).refusing(text.refusals)


@overlay("text_area")
def writing(text: Text) -> Marks:
    """The boxes of text."""
    return Marks(areas={"text": text.area})
