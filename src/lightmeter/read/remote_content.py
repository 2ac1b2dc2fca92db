"""An object's bytes, read once."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from lightmeter.errors import UnreadableImage
from lightmeter.read.deadline import within
from lightmeter.read.remote import is_remote, key_of, line_of, store_of

_TRIES = 3
_SECONDS = 120.0
"""For one object, with all tries; the clients below try again too, for less."""


def content(path: Path, most: int, size: int | None = None) -> bytes:
    """An object's bytes, read once into memory; UnreadableImage with the reason.

    size: by the listing; asked for where None. An object larger than `most` is refused by that, before it
    is read, and one that turns out larger is not read further. A transient error is tried again.
    """
    seconds = f"the store took more than {_SECONDS:g} s to give it"
    data = within(_SECONDS, lambda: _tried(lambda: _fetched(path, most, size)), seconds)
    if len(data) > most:
        raise UnreadableImage(f"too large: more than {most} bytes, the limit")
    if not data:
        raise UnreadableImage("empty file (0 bytes)")
    return data


def start(path: Path, length: int) -> bytes:
    """The first bytes of a file or an object; OSError where they cannot be read."""
    if not is_remote(path):
        with path.open("rb") as file:
            return file.read(length)
    try:
        return bytes(store_of(path).cat_file(key_of(path), start=0, end=length))
    except Exception as error:
        raise OSError(str(error)) from error


def _fetched(path: Path, most: int, size: int | None) -> bytes:
    store, key = store_of(path), key_of(path)
    size = int(store.info(key)["size"] or 0) if size is None else size
    if size > most:
        raise UnreadableImage(f"too large: {size} bytes; the limit is {most}")
    # A range of an empty object is an error to S3.
    return bytes(store.cat_file(key, start=0, end=most + 1)) if size else b""


def _tried(read: Callable[[], bytes]) -> bytes:
    """What `read` gives, after a pause and another try where the store stumbles."""
    for again in reversed(range(_TRIES)):
        try:
            return read()
        except UnreadableImage:
            raise
        except FileNotFoundError as error:
            raise UnreadableImage("no such file") from error
        except PermissionError as error:
            raise UnreadableImage("cannot be read: access denied") from error
        # Clients raise their own kinds: botocore's, aiohttp's, requests'.
        except Exception as error:
            if not again:
                raise UnreadableImage(f"cannot be read: {line_of(error)}") from error
        time.sleep(0.25 * 2 ** (_TRIES - again))
    raise UnreadableImage("cannot be read")
