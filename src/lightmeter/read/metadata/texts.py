"""The texts found in one file, and how blocks that several containers share are read into them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lightmeter.read.metadata.bounded import MOST_BYTES, Hostile
from lightmeter.read.metadata.exif import exif_text, exif_texts, unicode
from lightmeter.read.metadata.xmp import iptc_texts, xmp_texts

_MOST_TOTAL = 4 * MOST_BYTES
_MOST_REFUSED = 20
"""Blocks of one file that may be bad before the rest of it is left alone: bombs come in numbers."""


@dataclass
class Texts:
    """Texts by their keyword, the first of each; notes: what was left unread and why."""

    format: str
    fields: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    held: int = 0
    refused: int = 0

    def add(self, name: str, text: str) -> None:
        """Keep one text; raises `Hostile` where the file holds too much."""
        self.held += len(text)
        if self.held > _MOST_TOTAL:
            raise Hostile(f"more than {_MOST_TOTAL >> 20} MiB of text")
        if text.strip("\0 \t\r\n"):
            self.fields.setdefault(name, text.strip("\0"))

    def add_all(self, found: Iterable[tuple[str, str]]) -> None:
        """Keep texts as they come."""
        for name, text in found:
            self.add(name, text)

    def add_exif(self, block: bytes) -> None:
        """The texts of an EXIF block."""
        tiff = block.removeprefix(b"Exif\0\0")
        self.add_tags(exif_texts(lambda at, length: tiff[at : at + length]))

    def add_tags(self, found: Iterable[tuple[str, bytes]]) -> None:
        """The texts of EXIF tags, of which two may hold whole blocks of other kinds."""
        for name, raw in found:
            if name in ("XMP", "IPTC"):
                self.guard(lambda: self.add_all(xmp_texts(raw) if name == "XMP" else iptc_texts(raw)))  # noqa: B023
            else:
                self.add(name, exif_text(name, raw))

    def add_keyword(self, keyword: bytes, body: bytes) -> None:
        """A text of a PNG, one of which may be an XMP packet."""
        if keyword == b"XML:com.adobe.xmp":
            self.add_all(xmp_texts(body))
        else:
            self.add(unicode(keyword), unicode(body))

    def note(self, message: str) -> None:
        """Say once what was left unread."""
        if message not in self.notes:
            self.notes.append(message)

    def guard(self, read: Callable[[], None]) -> None:
        """Note a block that cannot be read, and go on to the next, unless there were too many."""
        try:
            read()
        except (Hostile, struct.error) as error:
            self.note(str(error))
            self.refused += 1
            if self.refused > _MOST_REFUSED:
                raise Hostile("too many broken texts") from error
