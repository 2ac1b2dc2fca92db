"""Pixels of a loaded image as the file holds them: grey, RGB or CMYK codes of 8 or 16 bits, and alpha.

Pillow decodes, except for what it can only give in 8 bits: 16-bit colour, which OpenCV or numpy reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile

from lightmeter.errors import UnreadableImage
from lightmeter.read.codes import Encoded

# TIFF 6.0 tags.
_BITS, _PHOTOMETRIC, _PLANAR, _EXTRA = 258, 262, 284, 338


@dataclass(frozen=True)
class Pixels:
    """codes: (H, W, 1 | 3 | 4) uint8 or uint16, 4 being CMYK. alpha: (H, W), of either depth, or None."""

    codes: Encoded
    alpha: Encoded | None = None
    notes: tuple[str, ...] = ()


def pixels_of(image: ImageFile.ImageFile, data: bytes) -> Pixels:
    """The pixels of a loaded Pillow image; `data` are the file's bytes, for what Pillow cannot give."""
    if image.format == "PNG" and data[24] == 16 and data[25] != 0:
        return _deep(data, grey=data[25] == 4, alpha="straight")
    if image.format == "TIFF" and _is_deep_tiff(image):
        return _deep(data, grey=False, alpha=_tiff_alpha(image))
    if image.format == "PPM" and data[:2] == b"P6" and (header := _deep_ppm(data)):
        return _ppm(data, header, image.size)
    if image.mode.startswith("I"):
        return _grey16(image)
    return _eight_bits(image, data)


def _eight_bits(image: ImageFile.ImageFile, data: bytes) -> Pixels:
    mode = image.mode
    if mode in ("P", "PA"):
        full = image.convert("RGBA" if image.has_transparency_data else "RGB")
        return _split(np.asarray(full), ("palette",))
    if mode == "CMYK":
        return Pixels(np.asarray(image), None, ("CMYK",))
    if mode in ("1", "L"):
        codes = np.asarray(image.convert("L"))[..., None]
        return Pixels(codes, _keyed(codes, _key(image, data)), ("grey",))
    if mode in ("LA", "La"):
        codes = np.asarray(image.convert("LA"))
        return Pixels(codes[..., :1], codes[..., 1], ("grey",))
    if mode in ("RGBA", "RGBa"):
        return _split(np.asarray(image.convert("RGBA")))
    if mode in ("RGB", "RGBX", "YCbCr"):
        codes = np.asarray(image.convert("RGB"))
        return Pixels(codes, _keyed(codes, image.info.get("transparency")))
    raise _unsupported(mode)


def _split(codes: Encoded, notes: tuple[str, ...] = ()) -> Pixels:
    return Pixels(codes[..., :3], codes[..., 3] if codes.shape[-1] == 4 else None, notes)


def _key(image: ImageFile.ImageFile, data: bytes) -> Any:
    """The transparent code of a grey image. Pillow leaves it unscaled where a PNG has 2 or 4 bits."""
    key = image.info.get("transparency")
    if image.format == "PNG" and isinstance(key, int) and data[24] in (2, 4):
        return key * (255 // (2 ** data[24] - 1))
    return key


def _keyed(codes: Encoded, key: Any) -> npt.NDArray[np.uint8] | None:
    """Alpha of a picture in which one colour is transparent: (H, W, C) codes -> (H, W)."""
    if not isinstance(key, int | tuple):
        return None
    return np.where((codes == np.asarray(key)).all(axis=-1), 0, 255).astype(np.uint8)


def _grey16(image: ImageFile.ImageFile) -> Pixels:
    """16-bit grey. Pillow's 32-bit mode "I" is that too where a PGM has more than 8 bits."""
    if image.mode == "I" and image.format != "PPM":
        raise _unsupported(image.mode)
    codes = np.asarray(image).astype(np.uint16)[..., None]
    tags = getattr(image, "tag_v2", {})
    bits = max(tags.get(_BITS, (16,)))
    if bits < 16:
        codes = np.rint(codes * (65535 / (2**bits - 1))).astype(np.uint16)
    if tags.get(_PHOTOMETRIC, 1) == 0:
        codes = 65535 - codes  # Pillow inverts "white is zero" at 8 bits only
    return Pixels(codes, _keyed(codes, image.info.get("transparency")), ("grey", "16 bits"))


def _is_deep_tiff(image: ImageFile.ImageFile) -> bool:
    tags = getattr(image, "tag_v2", {})
    if max(tags.get(_BITS, (8,))) != 16 or tags.get(_PHOTOMETRIC) != 2:
        return False
    if tags.get(_PLANAR, 1) != 1:
        raise UnreadableImage("unsupported format: 16-bit TIFF in separate planes; save it interleaved")
    return True


def _tiff_alpha(image: ImageFile.ImageFile) -> str:
    extra = getattr(image, "tag_v2", {}).get(_EXTRA, (0,))
    return {1: "premultiplied", 2: "straight"}.get(extra[0], "none")


def _deep(data: bytes, *, grey: bool, alpha: str) -> Pixels:
    """16-bit colour through OpenCV. Pillow has loaded the file before, so it is known to be whole."""
    read: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if read is None or read.dtype != np.uint16 or read.ndim != 3:
        raise UnreadableImage("unsupported format: 16-bit colour in an unusual layout; save it as RGB")
    codes = read[..., 2::-1][..., :1] if grey else read[..., 2::-1]
    coverage = read[..., 3] if read.shape[-1] == 4 and alpha != "none" else None
    if coverage is not None and alpha == "premultiplied":
        share = np.maximum(coverage, 1)[..., None] / 65535
        codes = np.rint(np.minimum(codes / share, 65535)).astype(np.uint16)
    return Pixels(np.ascontiguousarray(codes), coverage, ("grey", "16 bits") if grey else ("16 bits",))


def _deep_ppm(data: bytes) -> re.Match[bytes] | None:
    """The header of a binary PPM with more than 8 bits: width, height, maximum."""
    gap = rb"(?:\s|#[^\r\n]*[\r\n])+"
    header = re.match(rb"P6" + gap + rb"(\d+)" + gap + rb"(\d+)" + gap + rb"(\d+)\s", data[:4096])
    return header if header and 255 < int(header[3]) < 65536 else None


def _ppm(data: bytes, header: re.Match[bytes], size: tuple[int, int]) -> Pixels:
    codes = np.frombuffer(data, ">u2", size[0] * size[1] * 3, header.end()).reshape(size[1], size[0], 3)
    scaled = np.rint(np.minimum(codes * (65535 / int(header[3])), 65535)).astype(np.uint16)
    return Pixels(scaled, None, ("16 bits",))


def _unsupported(mode: str) -> UnreadableImage:
    name = {"F": "32-bit floating point", "I": "32-bit integer"}.get(mode, Image.getmodebase(mode) and mode)
    return UnreadableImage(f"unsupported format: {name} pixels; save it with 8 or 16 bits")
