"""Texts of files: where each format keeps them, and what hostile ones cannot do."""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from lightmeter.read.metadata.bounded import MOST_BYTES
from lightmeter.read.metadata.container import texts_of

TEXT = "a portrait, ä, 光"
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
    '<rdf:li xml:lang="x-default">a cat --ar 1:1</rdf:li></rdf:Alt></dc:description></rdf:Description>'
    "</rdf:RDF></x:xmpmeta>"
)


def fields(path: Path) -> dict[str, str]:
    return texts_of(path).fields


@pytest.mark.parametrize("after", [False, True])
def test_the_three_text_chunks_of_png_before_and_after_the_pixels(chunks, after):
    raw = TEXT.encode()
    path = chunks(
        (b"tEXt", b"a\0" + raw),
        (b"tEXt", b"old\0" + "caf\xe9".encode("latin-1")),
        (b"zTXt", b"b\0\0" + zlib.compress(raw)),
        (b"iTXt", b"c\0\0\0\0\0" + raw),
        (b"iTXt", b"d\0\1\0de\0wort\0" + zlib.compress(raw)),
        after=after,
    )
    assert fields(path) == {"a": TEXT, "old": "café", "b": TEXT, "c": TEXT, "d": TEXT}


@pytest.mark.parametrize("name", ["x.jpg", "x.webp", "x.png", "x.avif"])
@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + TEXT.encode("utf-16-be"),
        b"UNICODE\0" + TEXT.encode("utf-16-le"),
        b"UNICODE\0" + TEXT.encode("utf-16"),
        b"ASCII\0\0\0" + TEXT.encode(),
        bytes(8) + TEXT.encode(),
    ],
)
def test_user_comments_in_every_container_and_byte_order(photo, name, comment):
    assert fields(photo(name, comment))["UserComment"] == TEXT


def test_descriptions_of_tiff_xmp_and_iptc(photo, tmp_path):
    assert fields(photo("x.tif", ifd0={0x010E: "a cat --ar 1:1"}))["ImageDescription"] == "a cat --ar 1:1"
    for name in ("x.jpg", "x.webp"):
        Image.new("RGB", (2, 2)).save(tmp_path / name, xmp=XMP.encode())
        assert fields(tmp_path / name) == {"xmp:description": "a cat --ar 1:1"}
    jpeg = (tmp_path / "x.jpg").read_bytes()
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0c\x1c\x02\x78\0\x05hello"
    segment = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
    (tmp_path / "y.jpg").write_bytes(jpeg[:2] + segment + jpeg[2:])
    assert fields(tmp_path / "y.jpg")["iptc:Caption"] == "hello"


def test_bombs_are_left_out_and_said(chunks):
    bomb = b"prompt\0\0" + zlib.compress(bytes(MOST_BYTES + 1), 9)
    started = time.process_time()
    texts = texts_of(chunks(*[(b"zTXt", bomb)] * 200, (b"tEXt", b"parameters\0kept")))
    assert texts.fields == {}
    assert texts.notes == ["compressed text of more than 8 MiB", "too many broken texts"]
    assert time.process_time() - started < 2


def test_one_bad_text_does_not_cost_the_others(chunks):
    texts = texts_of(chunks((b"zTXt", b"x\0\0not zlib"), (b"tEXt", b"parameters\0kept")))
    assert texts.fields == {"parameters": "kept"}
    assert texts.notes[0].startswith("broken compression")


def test_a_length_that_lies_reads_nothing(tmp_path):
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 2**31, b"tEXt") + b"a\0b")
    assert texts_of(tmp_path / "x.png").notes == ["a text of more than 8 MiB", "the file is cut off"]


def test_entities_of_xmp_are_not_expanded(tmp_path):
    xmp = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + XMP.encode()
    Image.new("RGB", (2, 2)).save(tmp_path / "x.jpg", xmp=xmp)
    texts = texts_of(tmp_path / "x.jpg")
    assert (texts.fields, texts.notes) == ({}, ["XMP with a document type, or not in UTF-8"])


def test_provenance_is_told_from_a_prompt(chunks):
    assert texts_of(chunks((b"caBX", b"jumb"))).notes == ["C2PA provenance, which holds no prompt"]


MAGIC = [
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe1",
    b"RIFF\xff\xff\xff\xffWEBP",
    b"II*\0",
    b"MM\0*",
    b"\0\0\0\x1cftypavif",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.sampled_from(MAGIC), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path, magic, rest):
    (tmp_path / "any").write_bytes(magic + rest)
    assert isinstance(fields(tmp_path / "any"), dict)


@pytest.mark.parametrize("name", ["x.jpg", "x.webp", "x.tif", "x.png"])
def test_a_file_cut_anywhere_is_read_or_refused(photo, name):
    data = photo(name, b"ASCII\0\0\0hello", {0x010E: "words"}).read_bytes()
    cut = Path(photo(name)).with_name("cut")
    for end in range(0, len(data), 7):
        cut.write_bytes(data[:end])
        assert set(fields(cut).values()) <= {"hello", "words"}
