"""JPEGs decoded on the device: what goes that way, and that it comes out as the other way."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image, ImageCms

from lightmeter.engine.device_decode import Decoded, decoded, plain
from lightmeter.engine.plan import Plan, Settings, everything, plan
from lightmeter.engine.run import run
from lightmeter.read.decode import picture
from lightmeter.read.limits import Limits
from lightmeter.read.sources import find
from lightmeter.read.unpack import unpacked

MOST = {"cpu": 0.0, "cuda": 4.0}
"""Codes between the two decoders, on average. On a CPU both are libjpeg; on a GPU chroma is upsampled and
rounded otherwise, and the bound is one to find a wrong colour or turn by, written without a GPU."""

ASTRONAUT = Image.fromarray(skimage.data.astronaut()).resize((97, 80))


def saved(picture: Image.Image = ASTRONAUT, turn: int = 1, form: str = "JPEG", **options: Any) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = turn
    stream = io.BytesIO()
    picture.save(stream, form, exif=exif, **options)
    return stream.getvalue()


def decoded_on(device: str, files: Sequence[bytes]) -> list[Decoded | None]:
    said = [plain(each, Limits()) for each in files]
    assert None not in said
    return decoded(
        [(d, s, "") for d, s in zip(files, said, strict=True) if s is not None], torch.device(device)
    )


@pytest.mark.parametrize("turn", range(1, 9))
def test_turned_as_the_contained_decoder_turns(device: str, turn: int) -> None:
    data = saved(turn=turn, quality=95)
    (found,), expected = decoded_on(device, [data]), picture(unpacked(data), "")
    assert found is not None and found.picture.notes == expected.notes
    off = np.abs(found.picture.encoded.astype(int) - expected.encoded)
    assert found.picture.encoded.shape == expected.encoded.shape and off.mean() <= MOST[device]
    assert np.array_equal(found.sent.codes.cpu().numpy(), found.picture.encoded)


@pytest.mark.parametrize(
    "options", [{"progressive": True}, {"subsampling": 0}, {"subsampling": 2, "quality": 60}]
)
def test_all_plain_kinds(device: str, options: dict[str, Any]) -> None:
    data = saved(**options)
    (found,) = decoded_on(device, [data])
    assert found is not None
    assert np.abs(found.picture.encoded.astype(int) - unpacked(data).codes).mean() <= MOST[device]


def test_grey_has_three_channels_and_its_note(device: str) -> None:
    (found,) = decoded_on(device, [saved(ASTRONAUT.convert("L"))])
    assert found is not None and found.picture.notes == ("grey",)
    assert (found.picture.encoded == found.picture.encoded[..., :1]).all()


def test_what_is_not_plain_goes_the_contained_way() -> None:
    data, limits = saved(), Limits()
    assert plain(data, limits)
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    same = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert plain(saved(icc_profile=same), limits) and not plain(saved(icc_profile=wide), limits)
    assert not plain(saved(ASTRONAUT.convert("CMYK")), limits)
    assert not plain(saved(form="PNG"), limits)
    assert not plain(data[:-2], limits)
    assert not plain(data, replace(limits, pixels=97 * 80 - 1))
    assert not plain(saved(progressive=True), replace(limits, scans=2))


def test_a_broken_file_leaves_its_neighbours_as_they_are(device: str) -> None:
    whole = saved()
    at = whole.index(b"\xff\xc4") + 5  # a Huffman table of more codes than there can be
    broken = whole[:at] + b"\xff" * 16 + whole[at + 16 :]
    alone = decoded_on(device, [whole])[0]
    first, second, third = decoded_on(device, [whole, broken, whole])
    assert second is None and alone is not None and first is not None and third is not None
    assert np.array_equal(first.picture.encoded, alone.picture.encoded)
    assert np.array_equal(third.picture.encoded, alone.picture.encoded)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    for i in range(3):
        ASTRONAUT.rotate(i).save(made / f"{i}.jpg", quality=90)
    ASTRONAUT.save(made / "other.png")
    (made / "broken.jpg").write_bytes(saved()[:200] + b"\xff\xd9")
    return made


def planned(decode: Any, cache: Path | None = None, device: str = "cpu", batch: int = 2) -> Plan:
    only = ("megapixels", "saturation", "sharpness")
    settings = Settings(device=device, batch=batch, cache=cache, evidence=False, decode=decode)
    return plan(everything({}, only), settings)


def test_a_run_measures_the_same_either_way(folder: Path, device: str) -> None:
    one, other = (run(find([folder]), planned(way, device=device)) for way in ("contained", "device"))
    assert [record.image for record in one.records] == [record.image for record in other.records]
    assert [record.status for record in one.records] == [record.status for record in other.records]
    for a, b in zip(one.readings, other.readings, strict=True):
        assert (a.image, a.wanted, a.reason) == (b.image, b.wanted, b.reason)
        assert b.value == (a.value if device == "cpu" else pytest.approx(a.value, rel=0.05))


def test_values_are_remembered_for_their_decoder_alone(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "values.sqlite"
    counts = [
        run(find([folder]), planned(way, cache)).remembered for way in ("contained", "device", "device")
    ]
    assert counts == [0, 0, 4]
