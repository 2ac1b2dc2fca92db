from __future__ import annotations

import errno
from typing import NoReturn

import pytest

from lightmeter.engine.album import Album
from lightmeter.engine.evidence import Portrait
from lightmeter.measure.records import Drawing, Evidence


def portrait(content: bytes) -> Portrait:
    drawing = Drawing("key", ("key_azimuth",), arrows={"key": ((1, 2, 3, 4, 5),)})
    return Portrait(4, 3, (), Evidence(content, {"skin": b"\x89PNG"}, b"\0\1", (drawing,), b"cut"))


def test_each_picture_comes_back_as_it_was_in_any_order() -> None:
    album = Album()
    for name in ("a", "b", "c"):
        album.keep(name, portrait(name.encode() * 1000))
    assert list(album) == ["a", "b", "c"]
    assert len(album) == 3
    for name in ("c", "a", "b", "a"):
        assert album[name] == portrait(name.encode() * 1000).evidence
    assert "d" not in album


def test_what_was_not_drawn_is_not_in_it() -> None:
    album = Album()
    album.keep("a", Portrait(4, 3, (), None))
    assert not album


def test_a_full_disk_leaves_the_pictures_before_it_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    album = Album()
    album.keep("a", portrait(b"a"))

    class Full:
        def seek(self, *_: int) -> int:
            return 0

        def write(self, _: bytes) -> NoReturn:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(album, "_file", Full())
        album.keep("b", portrait(b"b"))
    album.keep("c", portrait(b"c"))
    assert list(album) == ["a"]
    assert album["a"] == portrait(b"a").evidence
    assert album.notes == ["no room for more of the report's pictures: No space left on device"]
