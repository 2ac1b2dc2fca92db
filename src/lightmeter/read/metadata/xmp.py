"""Texts of an XMP packet and of an IPTC block: descriptions, and what IPTC 2025.1 has for prompts."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

from lightmeter.read.metadata.bounded import Hostile
from lightmeter.read.metadata.exif import unicode

_MOST_BYTES = 1 << 20
_NAMES = frozenset(
    {
        "description",
        "title",
        "UserComment",
        "AIPromptInformation",
        "AISystemUsed",
        "CreatorTool",
        "parameters",
    }
)


def xmp_texts(packet: bytes) -> Iterator[tuple[str, str]]:
    """Name and text of each wanted property, as an element or as an attribute; raises `Hostile`."""
    if len(packet) > _MOST_BYTES:
        raise Hostile(f"XMP of more than {_MOST_BYTES >> 20} MiB")
    # No XMP has a document type; entities are how an XML bomb is built.
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", packet, re.IGNORECASE) or b"\0" in packet.strip(b"\0"):
        raise Hostile("XMP with a document type, or not in UTF-8")
    try:
        root = ElementTree.fromstring(packet.strip(b"\0 \t\r\n"))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Hostile(f"broken XMP: {error}") from error
    for element in root.iter():
        for name, value in element.attrib.items():
            if _local(name) in _NAMES:
                yield f"xmp:{_local(name)}", value
        if _local(element.tag) in _NAMES:
            yield f"xmp:{_local(element.tag)}", next((t for t in element.itertext() if t.strip()), "")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def iptc_texts(block: bytes) -> Iterator[tuple[str, str]]:
    """The caption of an IPTC block (IIM 2:120), wherever it begins."""
    at = block.find(b"\x1c\x02\x78")
    if at >= 0 and len(block) >= at + 5:
        length = int.from_bytes(block[at + 3 : at + 5], "big")
        yield "iptc:Caption", unicode(block[at + 5 : at + 5 + length])
