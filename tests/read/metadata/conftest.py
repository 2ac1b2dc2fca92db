"""Small files with metadata, written as the tools write them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

Write = Callable[..., Path]


@pytest.fixture
def png(tmp_path: Path) -> Write:
    def write(**texts: str) -> Path:
        info = PngImagePlugin.PngInfo()
        for name, text in texts.items():
            info.add_text(name.replace("__", "-"), text)
        path = tmp_path / "x.png"
        Image.new("RGB", (2, 2)).save(path, pnginfo=info)
        return path

    return write


@pytest.fixture
def photo(tmp_path: Path) -> Write:
    """A JPEG, WebP or TIFF with EXIF tags: ifd0={tag: value}, comment=bytes of its UserComment."""

    def write(name: str = "x.jpg", comment: bytes = b"", ifd0: dict[int, str] | None = None) -> Path:
        exif = Image.Exif()
        for tag, value in (ifd0 or {}).items():
            exif[tag] = value
        if comment:
            exif.get_ifd(0x8769)[0x9286] = comment
        path = tmp_path / name
        Image.new("RGB", (2, 2)).save(path, exif=exif.tobytes())
        return path

    return write


@pytest.fixture
def chunks(tmp_path: Path) -> Write:
    """A PNG with raw chunks before its pixels, or after them."""

    def write(*raw: tuple[bytes, bytes], after: bool = False) -> Path:
        stream = io.BytesIO()
        Image.new("RGB", (2, 2)).save(stream, "PNG")
        data = stream.getvalue()
        extra = b"".join(
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
            for name, body in raw
        )
        at = data.index(b"IEND") - 4 if after else data.index(b"IDAT") - 4
        path = tmp_path / "x.png"
        path.write_bytes(data[:at] + extra + data[at:])
        return path

    return write
