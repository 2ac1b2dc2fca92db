from __future__ import annotations

from pathlib import Path

import pytest
import skimage.data
from PIL import Image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three portraits of two shapes in two variants, a broken file, and a text."""
    astronaut = Image.fromarray(skimage.data.astronaut())
    for name, picture in {
        "warm/one.png": astronaut,
        "warm/two.png": astronaut.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        "cold/tall.png": astronaut.crop((100, 0, 400, 400)),
    }.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path)
    (tmp_path / "in" / "cold" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (tmp_path / "in" / "cold" / "notes.txt").write_text("not a picture")
    return tmp_path / "in"
