"""A file to the texts that it carries beside its pixels: PNG, JPEG, WebP, TIFF, AVIF and HEIC.

Pixels are stepped over, never decoded, and hardly read: a file costs its headers.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from lightmeter.read.metadata.bounded import MOST_BYTES, Hostile, inflated
from lightmeter.read.metadata.exif import exif_texts, unicode
from lightmeter.read.metadata.texts import Texts
from lightmeter.read.metadata.xmp import iptc_texts, xmp_texts
from lightmeter.read.sniff import HEAD, sniff

_MOST_BLOCKS = 200_000
"""Chunks or segments of a file. A PNG of 200 megapixels in chunks of 8 KiB has some 100 000."""

_SEARCHED = 1 << 20
_C2PA = "C2PA provenance, which holds no prompt"


def texts_of(path: Path) -> Texts:
    """All texts of a file. Raises OSError where it cannot be opened; a broken file gives what it has."""
    with path.open("rb", buffering=0) as file:
        return texts_in(file)


def texts_in(file: BinaryIO) -> Texts:
    """All texts of an open file."""
    head = file.read(HEAD)
    texts = Texts(sniff(head).name)
    reader = _READERS.get(texts.format)
    if reader is not None:
        try:
            reader(file, texts)
        except (Hostile, struct.error) as error:
            texts.note(str(error))
    return texts


def _block(file: BinaryIO, length: int) -> bytes:
    if length > MOST_BYTES:
        raise Hostile(f"a text of more than {MOST_BYTES >> 20} MiB")
    found = file.read(length)
    if len(found) < length:
        raise Hostile("the file is cut off")
    return found


def _png(file: BinaryIO, texts: Texts) -> None:
    at = 8
    for _ in range(_MOST_BLOCKS):
        file.seek(at)
        header = file.read(8)
        if len(header) < 8:
            return texts.note("the file is cut off")
        length, name = struct.unpack(">I4s", header)
        texts.guard(partial(_chunk, name, length, file, texts))
        if name == b"IEND":
            return None
        at += 12 + length
    return texts.note(f"more than {_MOST_BLOCKS} chunks")


def _chunk(name: bytes, length: int, file: BinaryIO, texts: Texts) -> None:
    if name == b"caBX":
        texts.note(_C2PA)
    elif name == b"eXIf":
        texts.add_exif(_block(file, length))
    elif name in (b"tEXt", b"zTXt", b"iTXt"):
        keyword, _, body = _block(file, length).partition(b"\0")
        if name == b"zTXt":
            body = inflated(body[1:])
        elif name == b"iTXt":
            packed = body[:1] == b"\1"
            body = body[2:].partition(b"\0")[2].partition(b"\0")[2]  # after the language and its keyword
            body = inflated(body) if packed else body
        texts.add_keyword(keyword, body)


def _jpeg(file: BinaryIO, texts: Texts) -> None:
    at = 2
    for _ in range(_MOST_BLOCKS):
        file.seek(at)
        header = file.read(4)
        if len(header) < 4 or header[0] != 0xFF or header[1] in (0xD9, 0xDA):
            return
        if header[1] == 0xFF:  # fill bytes before a marker
            at += 1
            continue
        length = max(struct.unpack(">H", header[2:])[0], 2)
        if header[1] in (0xE1, 0xEB, 0xED, 0xFE):
            texts.guard(partial(_segment, header[1], length - 2, file, texts))
        at += 2 + length


def _segment(marker: int, length: int, file: BinaryIO, texts: Texts) -> None:
    body = _block(file, length)
    if marker == 0xE1 and body.startswith(b"Exif\0\0"):
        texts.add_exif(body)
    elif marker == 0xE1 and body.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
        texts.add_all(xmp_texts(body.partition(b"\0")[2]))
    elif marker == 0xEB and b"c2pa" in body[:200]:
        texts.note(_C2PA)
    elif marker == 0xED:
        texts.add_all(iptc_texts(body))
    elif marker == 0xFE:
        texts.add("Comment", unicode(body))


def _webp(file: BinaryIO, texts: Texts) -> None:
    at = 12
    for _ in range(_MOST_BLOCKS):
        file.seek(at)
        header = file.read(8)
        if len(header) < 8:
            return
        name, length = struct.unpack("<4sI", header)
        if name == b"C2PA":
            texts.note(_C2PA)
        if name in (b"EXIF", b"XMP "):
            texts.guard(partial(_webp_chunk, name, length, file, texts))
        at += 8 + length + length % 2


def _webp_chunk(name: bytes, length: int, file: BinaryIO, texts: Texts) -> None:
    body = _block(file, length)
    if name == b"EXIF":
        texts.add_exif(body)
    else:
        texts.add_all(xmp_texts(body))


def _tiff(file: BinaryIO, texts: Texts) -> None:
    def read(at: int, length: int) -> bytes:
        file.seek(at)
        return file.read(min(length, MOST_BYTES))

    texts.guard(lambda: texts.add_tags(exif_texts(read)))


def _boxes(file: BinaryIO, texts: Texts) -> None:
    """AVIF and HEIC: EXIF and XMP lie as plain bytes in the first megabyte, or not at all for us."""
    file.seek(0)
    data = file.read(_SEARCHED)
    head = re.search(rb"II\*\0|MM\0\*", data)
    if head:
        texts.guard(lambda: texts.add_exif(data[head.start() :]))
    opening, closing = data.find(b"<x:xmpmeta"), data.find(b"</x:xmpmeta>")
    if 0 <= opening < closing:
        texts.guard(lambda: texts.add_all(xmp_texts(data[opening : closing + 12])))


_READERS: dict[str, Callable[[BinaryIO, Texts], None]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "WebP": _webp,
    "TIFF": _tiff,
    "AVIF": _boxes,
    "HEIC": _boxes,
}
