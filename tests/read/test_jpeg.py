"""What a JPEG's segments say, against files whose making is known."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from lightmeter.read.jpeg import segments
from lightmeter.read.upright import orientation

RGB = np.random.default_rng(3).integers(0, 256, (12, 17, 3), dtype=np.uint8)


def saved(mode: str = "RGB", **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(RGB).convert(mode).save(stream, "JPEG", **options)
    return stream.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"quality": 100}])
def test_sizes_and_plain_files(options: dict[str, Any]) -> None:
    said = segments(saved(**options))
    assert said is not None and (said.width, said.height) == (17, 12)
    assert said.plain and said.whole and not said.grey and not said.profile
    assert (said.scans > 1) == bool(options.get("progressive"))


def test_grey_and_what_is_not_plain() -> None:
    grey, ink = segments(saved("L")), segments(saved("CMYK"))
    assert grey is not None and grey.grey and grey.plain
    assert ink is not None and not ink.plain
    coded_as_rgb = segments(saved(keep_rgb=True))
    assert coded_as_rgb is not None and not coded_as_rgb.plain
    arithmetic = saved().replace(b"\xff\xc0", b"\xff\xc9", 1)
    found = segments(arithmetic)
    assert found is not None and not found.plain


def test_a_file_cut_short_is_not_whole() -> None:
    said = segments(saved()[:-2])
    assert said is not None and not said.whole
    assert segments(saved()[:20]) is None


def test_orientation_and_profile_are_found() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    long = profile + bytes(70_000)  # over more than one segment
    said = segments(saved(exif=exif, icc_profile=long))
    assert said is not None and orientation(said.exif) == 6 and said.profile == long


@given(st.binary(max_size=400))
def test_any_bytes_are_answered(body: bytes) -> None:
    head = saved()[:180]
    said = segments(head + body)
    assert said is None or said.scans <= len(head + body)
