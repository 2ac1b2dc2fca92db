"""What a file is, told from its first bytes. Names and extensions are not believed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lightmeter.read.folders import IMAGE_SUFFIXES
from lightmeter.read.remote_content import start

HEAD = 64
"""How many leading bytes `sniff` needs."""


@dataclass(frozen=True)
class Content:
    """What the bytes look like: a `name` for people, and whether it is an image that we read.

    kind: `readable`, an image format that `decode` reads; `image`, one that it does not; `other`.
    """

    name: str
    kind: Literal["readable", "image", "other"]


# The first match wins. "." stands for any byte (DOTALL), every pattern is anchored at the start.
_PATTERNS: tuple[tuple[bytes, str, Literal["readable", "image", "other"]], ...] = (
    (rb"\x89PNG\r\n\x1a\n", "PNG", "readable"),
    (rb"\xff\xd8\xff", "JPEG", "readable"),
    (rb"GIF8[79]a", "GIF", "readable"),
    (rb"RIFF....WEBP", "WebP", "readable"),
    (rb"(?:II\*\0|II\+\0)....CR", "camera raw (CR2)", "image"),
    (rb"II\*\0|MM\0\*|II\+\0|MM\0\+", "TIFF", "readable"),
    (rb"BM.{4}.{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", "BMP", "readable"),
    (rb"P[1-6](?:\s+\d|\s*#)", "PNM", "readable"),
    (rb"....ftyp(?:avif|avis)", "AVIF", "readable"),
    (rb"....ftyp(?:mif1|msf1)....(?:.{4})*?(?:avif|avis)", "AVIF", "readable"),
    (rb"....ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)", "HEIC", "readable"),
    (rb"P7\n|P[Ff]\s", "floating-point or PAM bitmap", "image"),
    (rb"\xff\x0a|\0\0\0\x0cJXL \r\n", "JPEG XL", "image"),
    (rb"\0\0\0\x0cjP  \r\n|\xff\x4f\xff\x51", "JPEG 2000", "image"),
    (rb"8BP[SB]", "Photoshop document", "image"),
    (rb"\x76\x2f\x31\x01", "OpenEXR", "image"),
    (rb"#\?(?:RADIANCE|RGBE)", "Radiance HDR", "image"),
    (rb"\0\0\x01\0[\x01-\x40]\0", "icon", "image"),
    (rb"DDS ", "DirectDraw texture", "image"),
    (rb"qoif", "QOI", "image"),
    (rb"gimp xcf", "GIMP document", "image"),
    (rb"....ftypcrx |FUJIFILMCCD-RAW|IIR[OS]|IIU\0", "camera raw", "image"),
    (rb"%PDF-", "PDF", "other"),
    (rb"%!PS", "PostScript", "other"),
    (rb"....ftyp|....(?:moov|mdat|wide|free)", "video (MP4 or MOV)", "other"),
    (rb"\x1a\x45\xdf\xa3", "video (Matroska or WebM)", "other"),
    (rb"RIFF....AVI ", "video (AVI)", "other"),
    (rb"\0\0\x01[\xba\xb3]|FLV\x01", "video", "other"),
    (rb"RIFF....WAVE|ID3[\x02-\x04]|OggS\0|fLaC|\xff[\xfb\xf3\xf2]", "audio", "other"),
    (rb"PK\x03\x04|PK\x05\x06", "ZIP archive", "other"),
    (rb"\x1f\x8b|BZh[1-9]1AY|\xfd7zXZ\0|7z\xbc\xaf\x27\x1c|Rar!|\x28\xb5\x2f\xfd", "archive", "other"),
    (rb"\x7fELF|MZ.\0|\xcf\xfa\xed\xfe", "program", "other"),
    (rb"SQLite format 3\0", "SQLite database", "other"),
    (rb"PAR1", "Parquet table", "other"),
    (rb"\x93NUMPY|\x89HDF", "array file", "other"),
    (rb"(?:\xef\xbb\xbf)?\s*<(?i:!DOCTYPE\s+html|html|head|body)", "HTML", "other"),
    (rb"(?:\xef\xbb\xbf)?\s*<svg", "SVG drawing", "other"),
    (rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|[!a-zA-Z])", "XML", "other"),
    (rb"version \S{1,20}git-lfs", "Git LFS pointer: run `git lfs pull`", "other"),
)

_COMPILED = tuple((re.compile(p, re.DOTALL), Content(n, k)) for p, n, k in _PATTERNS)


def sniff(head: bytes) -> Content:
    """Tell what a file is from its first `HEAD` bytes (more do no harm, fewer mean a short file)."""
    head = head[:HEAD]
    if not head:
        return Content("empty file", "other")
    for pattern, content in _COMPILED:
        if pattern.match(head):
            return content
    return Content("text", "other") if _is_text(head) else Content("unknown binary data", "other")


def why_skipped(path: Path) -> str:
    """Why a file is no image, by its first bytes; "" for images and for files that are named like one."""
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return ""
    try:
        content = sniff(start(path, HEAD))
    except OSError:
        return ""  # `decode` will say why it cannot be read
    return f"not an image: {content.name}" if content.kind == "other" else ""


def _is_text(head: bytes) -> bool:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    # A multi-byte character may be cut at the end of the head.
    text = head.decode("utf-8", errors="ignore")
    complete = len(text.encode()) >= len(head) - 3
    return complete and not re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text)
