"""A file's bytes to upright sRGB codes, or to the reason why not; without torch, since a process of its
own does it. Safe in threads."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from lightmeter.errors import UnreadableImage
from lightmeter.read.codes import Encoded
from lightmeter.read.jpeg import scans
from lightmeter.read.limits import Limits
from lightmeter.read.pixels import pixels_of
from lightmeter.read.png import without_text
from lightmeter.read.profile import to_srgb
from lightmeter.read.sniff import sniff
from lightmeter.read.upright import orientation, turned, upright


@dataclass(frozen=True, eq=False)
class Unpacked:
    """codes: (H, W, 3) uint8 or uint16, sRGB, upright. alpha: (H, W) of either depth, straight, None where
    the file has none. notes: what was done on the way here, for people."""

    codes: Encoded
    alpha: Encoded | None = None
    notes: tuple[str, ...] = ()


def _heic(stream: io.BytesIO) -> ImageFile.ImageFile:
    try:
        import pillow_heif
    except ImportError as error:
        raise UnreadableImage("HEIC: install lightmeter[heic]") from error
    opened: ImageFile.ImageFile = pillow_heif.HeifImageFile(stream)
    return opened


# The classes themselves rather than `Image.open`: no other registered plugin gets to see the bytes, and
# Pillow's process-wide pixel limit, which warns, gives way to ours.
_OPENERS: dict[str, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "PNM": PpmImagePlugin.PpmImageFile,
    "HEIC": _heic,
}

# `warnings` keeps its state for the whole process, so only one thread may look at it.
_WARNINGS = threading.Lock()


def unpacked(data: bytes, limits: Limits = Limits()) -> Unpacked:
    """Decode a file's bytes; raises `UnreadableImage` with the reason, and nothing else."""
    content = sniff(data)
    if content.kind != "readable":
        wrong = "not an image" if content.kind == "other" else "unsupported format"
        raise UnreadableImage(f"{wrong}: {content.name}")
    try:
        return _unpacked(without_text(data) if content.name == "PNG" else data, content.name, limits)
    except UnreadableImage:
        raise
    except Image.DecompressionBombError as error:
        raise UnreadableImage(f"too large: {_line(error)}") from error
    except MemoryError as error:
        raise UnreadableImage("too large: not enough memory to decode it") from error
    # Decoders raise almost anything on hostile bytes: struct.error, IndexError, zlib.error, cv2.error.
    except Exception as error:
        raise UnreadableImage(f"broken {content.name}: {_line(error)}") from error


def _unpacked(data: bytes, name: str, limits: Limits) -> Unpacked:
    notes: list[str] = []
    with _noting(notes):
        image = _OPENERS[name](io.BytesIO(data))
        _check(image, name, limits)
        if name == "JPEG":
            _check_scans(data, limits)
        turn = _tiff_turn(image)
        if name == "TIFF":
            image.load()  # reads metadata while it loads, and warns about it
    image.load()
    _check_size(image, limits)
    pixels = pixels_of(image, data)
    codes, colour_notes = to_srgb(pixels.codes, image.info.get("icc_profile"))
    notes += [*pixels.notes, *colour_notes, *_gamma_note(image)]
    if turn == 1 and name != "TIFF":  # eXIf may follow a PNG's pixels
        turn = orientation(image.info.get("exif", b""))
    if turn != 1:
        notes.append(turned(turn))
    # Pillow and OpenCV have turned a TIFF already.
    turn = 1 if name == "TIFF" else turn
    alpha = None if pixels.alpha is None else np.ascontiguousarray(upright(pixels.alpha, turn))
    return Unpacked(np.ascontiguousarray(upright(codes, turn)), alpha, tuple(notes))


def _check(image: ImageFile.ImageFile, name: str, limits: Limits) -> None:
    """Refuse from the header what is too large or not one still picture."""
    _check_size(image, limits)
    tags = getattr(image, "tag_v2", {})
    if 50706 in tags:
        raise UnreadableImage("unsupported format: camera raw (DNG); develop it first")
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        many = {"TIFF": f"has {frames} pages", "HEIC": f"has {frames} pictures"}
        raise UnreadableImage(f"{many.get(name, f'animated ({frames} frames)')}: give a still")


def _check_size(image: ImageFile.ImageFile, limits: Limits) -> None:
    width, height = image.size
    if width * height > limits.pixels:
        limit = f"the limit is {limits.pixels / 1e6:g} megapixels"
        raise UnreadableImage(f"too large: {width} x {height} pixels; {limit}")


def _check_scans(data: bytes, limits: Limits) -> None:
    """Each scan of a progressive JPEG, ten bytes perhaps, has the decoder walk over the whole picture;
    encoders write some ten."""
    if (found := scans(data)) > limits.scans:
        raise UnreadableImage(f"JPEG of {found} scans: the limit is {limits.scans}")


def _tiff_turn(image: ImageFile.ImageFile) -> int:
    """The orientation tag of a TIFF, which Pillow forgets once it has loaded and turned the image."""
    turn = getattr(image, "tag_v2", {}).get(274, 1)
    return turn if turn in range(2, 9) else 1


def _gamma_note(image: ImageFile.ImageFile) -> list[str]:
    """A PNG that says by `gAMA` alone that it is not sRGB: said, since its values are read as sRGB."""
    gamma = image.info.get("gamma")
    if gamma is None or {"srgb", "icc_profile"} & image.info.keys() or abs(gamma - 1 / 2.2) < 0.02:
        return []
    return [f"gAMA {gamma:g} ignored, read as sRGB"]


@contextmanager
def _noting(notes: list[str]) -> Iterator[None]:
    """Turn the decoders' warnings into notes; a warning from any other thread is shown as ever."""
    with _WARNINGS:
        with warnings.catch_warnings(record=True) as caught:
            warnings.filterwarnings("always", module=r"(PIL|pillow_heif)(\.|$)")
            yield
        for found in caught:
            if not {"PIL", "pillow_heif"} & set(Path(found.filename).parts):
                warnings.showwarning(found.message, found.category, found.filename, found.lineno)
            elif not issubclass(found.category, Image.DecompressionBombWarning):  # our own limit decides
                notes.append(f"decoder: {_line(found.message)}")


def _line(error: object) -> str:
    """What a decoder says, as one short line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(c if c.isprintable() else "?" for c in text)[:200]
