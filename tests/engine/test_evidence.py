from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from lightmeter.engine.evidence import Portrait
from lightmeter.engine.plan import Settings, everything, plan
from lightmeter.engine.run import run
from lightmeter.read.sources import find


def test_evidence_shows_the_face_where_it_is_and_survives_json(folder: Path) -> None:
    measured = run(
        find([folder / "warm" / "one.png"]), plan(everything({}, ["face_count"]), Settings(device="cpu"))
    )
    record = measured.records[0]
    drawn = measured.pictures[record.image]
    thumbnail = Image.open(io.BytesIO(drawn.thumbnail))
    assert (thumbnail.format, thumbnail.size) == ("WEBP", (448, 448))
    assert set(drawn.masks) == {"subject", "background", "skin", "hair"}
    assert not drawn.cut
    for mask in drawn.masks.values():
        assert Image.open(io.BytesIO(mask)).size == thumbnail.size
    # The astronaut's nose is at about (224, 127) of 512 x 512, read off the picture.
    x, y = drawn.mesh[4]
    assert abs(x * 512 - 224) < 8
    assert abs(y * 512 - 127) < 8
    portrait = Portrait(record.width, record.height, record.notes, drawn)
    assert Portrait.from_json(portrait.to_json()) == portrait
