"""Colour profiles (ICC.1:2022) to sRGB, relative colorimetric with black point compensation.

Eight bits go through LittleCMS. Sixteen bits go through the profile's own curves and matrix in floats,
because Pillow's LittleCMS binding knows no 16-bit RGB; profiles that are lookup tables fall back to 8 bits.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from lightmeter.read.codes import Encoded

Floats = npt.NDArray[np.float64]

# Linear sRGB from XYZ under D50, Bradford-adapted: the inverse of the colorants of the ICC's own sRGB.
_SRGB_FROM_XYZ = np.linalg.inv(
    [
        [0.43606567, 0.38514709, 0.14306641],
        [0.22248840, 0.71687317, 0.06060791],
        [0.01391602, 0.09707642, 0.71409607],
    ]
)
_MODES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
_STRIP = 1 << 20  # pixels that are converted at one time


@dataclass(frozen=True)
class Shaper:
    """A profile that is curves and a matrix.

    curves: (1 or 3, 65536) linear value of each code. matrix: (3, 1 or 3), to linear sRGB.
    """

    curves: Floats
    matrix: Floats

    def encoded(self, codes: Encoded) -> Floats:
        """Codes (N, channels) of either depth to gamma-coded sRGB floats (N, 3), clipped to 0..1."""
        step = 1 if codes.dtype == np.uint16 else 257
        columns = [curve[codes[:, i].astype(np.int32) * step] for i, curve in enumerate(self.curves)]
        linear = np.stack(columns, axis=1) @ self.matrix.T
        return _coded(linear.clip(0.0, 1.0))


def to_srgb(codes: Encoded, icc: bytes | None) -> tuple[Encoded, tuple[str, ...]]:
    """Codes (H, W, 1) grey, (H, W, 3) RGB or (H, W, 4) CMYK to (H, W, 3) sRGB, and notes on it."""
    notes: tuple[str, ...] = ()
    if icc and not is_srgb(icc):
        try:
            return _by_profile(codes, icc)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError, IndexError, struct.error) as error:
            notes = (f"ICC profile ignored: {str(error) or 'broken'}",)
    if codes.shape[-1] == 4:
        return _in_strips(codes, _plain_cmyk), (*notes, "CMYK converted without a profile")
    return codes if codes.shape[-1] == 3 else _tripled(codes), notes


def _by_profile(codes: Encoded, icc: bytes) -> tuple[Encoded, tuple[str, ...]]:
    mode = _MODES.get(icc[16:20], "")
    if mode == "RGB" and codes.shape[-1] == 1:
        codes = _tripled(codes)
    if not mode or len(mode) != codes.shape[-1]:
        raise ValueError("it is made for another kind of pixels")
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    notes: tuple[str, ...] = (f"ICC profile {_name(profile)!r} converted to sRGB",)
    if codes.dtype == np.uint16:
        shaper = _shaper(icc)
        if shaper is not None:
            return _in_strips(codes, lambda strip: _rounded(shaper.encoded(strip))), notes
        codes = ((codes.astype(np.uint32) + 128) // 257).astype(np.uint8)
        notes = (*notes, "16 bits reduced to 8 for the profile's tables")
    transform = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return _in_strips(codes, lambda strip: _applied(transform, strip)), notes


def _applied(transform: ImageCms.ImageCmsTransform, strip: Encoded) -> Encoded:
    return np.asarray(ImageCms.applyTransform(_row(strip), transform)).reshape(-1, 3)


def _plain_cmyk(strip: Encoded) -> Encoded:
    return np.asarray(_row(strip).convert("RGB")).reshape(-1, 3)


def _tripled(grey: Encoded) -> Encoded:
    rgb: Any = np.repeat(grey, 3, axis=-1)
    return cast(Encoded, rgb)


def _row(strip: Encoded) -> Image.Image:
    """Codes (N, channels) uint8 as an image of one row: L, RGB or CMYK by the number of channels."""
    mode = {1: "L", 3: "RGB", 4: "CMYK"}[strip.shape[-1]]
    return Image.frombuffer(mode, (len(strip), 1), np.ascontiguousarray(strip))


def _coded(linear: Floats) -> Floats:
    """As `transfer.encoded_from_linear`, in numpy: the processes that decode load no torch."""
    curve = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, curve)


def _rounded(coded: Floats) -> Encoded:
    return np.rint(coded * 65535).astype(np.uint16)


def _in_strips(codes: Encoded, convert: Callable[[Encoded], Encoded]) -> Encoded:
    """Convert (H, W, channels) to (H, W, 3) a strip at a time: an 8K image would take gigabytes at once."""
    flat = codes.reshape(-1, codes.shape[-1])
    parts: list[Any] = [convert(flat[i : i + _STRIP]) for i in range(0, len(flat), _STRIP)]
    out: Encoded = np.concatenate(parts).reshape(*codes.shape[:2], 3)
    return out


def _name(profile: ImageCms.ImageCmsProfile) -> str:
    return " ".join(ImageCms.getProfileDescription(profile).split())[:80] or "unnamed"


@lru_cache(maxsize=32)
def is_srgb(icc: bytes) -> bool:
    """Whether it moves no colour of a grid by half an 8-bit step: there are dozens of "sRGB" profiles."""
    try:
        shaper = _shaper(icc)
    except (ValueError, IndexError, struct.error):
        return False
    if shaper is None:
        return False
    axis = np.arange(0, 256, 15 if len(shaper.curves) == 3 else 1, dtype=np.uint8)
    codes = np.stack(np.meshgrid(*[axis] * len(shaper.curves)), axis=-1).reshape(-1, len(shaper.curves))
    return bool(np.abs(shaper.encoded(codes) * 255 - codes).max() < 0.5)


def _shaper(icc: bytes) -> Shaper | None:
    """The curves and matrix of a profile; None where its colours come from lookup tables."""
    tags = _tags(icc)
    if "A2B0" in tags or "A2B1" in tags:
        return None
    if icc[16:20] == b"GRAY" and "kTRC" in tags:
        return Shaper(_curve(tags["kTRC"])[None], np.ones((3, 1)))
    names = [f"{channel}{part}" for part in ("TRC", "XYZ") for channel in "rgb"]
    if icc[16:24] != b"RGB XYZ " or not all(name in tags for name in names):
        return None
    xyz = np.array([struct.unpack(">3i", tags[name][8:20]) for name in names[3:]]).T / 65536
    return Shaper(np.stack([_curve(tags[name]) for name in names[:3]]), _SRGB_FROM_XYZ @ xyz)


def _tags(icc: bytes) -> dict[str, bytes]:
    (count,) = struct.unpack(">I", icc[128:132])
    table = [struct.unpack(">4sII", icc[132 + 12 * i : 144 + 12 * i]) for i in range(min(count, 100))]
    return {name.decode("latin-1"): icc[start : start + size] for name, start, size in table}


def _curve(tag: bytes) -> Floats:
    """A `curv` or `para` tag as the linear value of each of 65536 codes, 0..1."""
    codes = np.linspace(0.0, 1.0, 65536)
    with np.errstate(all="ignore"):
        values = _sampled(tag, codes) if tag[:4] == b"curv" else _parametric(tag, codes)
    if not np.isfinite(values).all():
        raise ValueError("a curve that is not finite")
    return values.clip(0.0, 1.0)


def _sampled(tag: bytes, codes: Floats) -> Floats:
    (count,) = struct.unpack(">I", tag[8:12])
    samples = np.frombuffer(tag, ">u2", count, 12)
    if count == 0:
        return codes
    if count == 1:
        return np.asarray(codes ** (samples[0] / 256))
    return np.interp(codes, np.linspace(0.0, 1.0, count), samples / 65535)


def _parametric(tag: bytes, x: Floats) -> Floats:
    """ICC.1:2022, 10.18: (a x + b)^g + e from d on, c x + f below it; functions 0 to 4 leave some out."""
    if tag[:4] != b"para":
        raise ValueError("a curve of an unknown type")
    kind = struct.unpack(">H", tag[8:10])[0]
    count = (1, 3, 4, 5, 7)[kind]
    g, a, b, c, d, e, f = (
        *np.array(struct.unpack(f">{count}i", tag[12 : 12 + 4 * count])) / 65536,
        *[0.0] * 6,
    )[:7]
    if kind == 0:
        a = 1.0
    if kind in (1, 2):
        c, d, e, f = 0.0, -b / a, c, c
    values: Floats = np.where(x >= d, np.maximum(a * x + b, 0.0) ** g + e, c * x + f)
    return values
