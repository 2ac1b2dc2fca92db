"""Images in object stores: s3://, gs://, hf:// and what else fsspec knows, listed and read through UPath.

A place in a store is a UPath, which has a Path's methods without being one; so `Source.path` is typed as
Path throughout, and `is_remote` tells them apart. Keys are strangers' text: they are joined to their
prefix as they stand, never resolved, and never become a local path.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, NamedTuple, TypeVar, cast

from lightmeter.errors import LightmeterError, SourceError, UnreadableImage
from lightmeter.read.deadline import within
from lightmeter.read.folders import natural

T = TypeVar("T")

STORES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "hf": "huggingface_hub", "memory": "fsspec"}
"""Scheme -> the package that speaks to the store. A closed list: `file://`, `ssh://` and chains of fsspec's
("zip::...") are no places for images. "memory" is fsspec's own, within the process."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/")
_TRIES = 3
_SECONDS = 120.0
"""For one object, with all tries; the clients below try again too, for less."""

_RIGHTS = {
    "s3": "give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; for a public bucket "
    "FSSPEC_S3_ANON=true",
    "gs": "give GOOGLE_APPLICATION_CREDENTIALS, for a public bucket FSSPEC_GS_TOKEN=anon",
    "hf": "give HF_TOKEN, or log in with `hf auth login`",
}


class Object(NamedTuple):
    """One object below a prefix: its name relative to that, its place, and its size by the listing."""

    name: PurePath
    path: Path
    size: int | None


def is_url(given: str | Path) -> bool:
    """Whether a PATH is written as a URL; one that went through `pathlib`, which drops a slash, too."""
    found = _SCHEME.match(str(given))
    return found is not None and ("://" in str(given) or found[1].lower() in STORES)


def is_remote(path: Path) -> bool:
    """Whether a place is in a store rather than on this machine."""
    return not isinstance(path, PurePath)


def place(given: str | Path) -> Path:
    """A PATH as a place: a Path, or a UPath where it is a URL. Raises SourceError for stores not known."""
    if is_remote(cast(Path, given)) and not isinstance(given, str):
        return given
    return located(str(given)) if is_url(given) else Path(given)


def located(url: str) -> Path:
    """The place that a URL names."""
    scheme, _, rest = url.partition(":/")
    scheme, rest = scheme.lower(), rest.lstrip("/")
    if scheme not in STORES or not rest:
        known = ", ".join(f"{each}://" for each in STORES if each != "memory")
        raise SourceError(f"{url}: no store that images are read from; give {known} with a bucket, or a path")
    with _explained(url, scheme):
        try:
            from upath import UPath
        except ImportError as error:
            raise SourceError(f"{url}: needs universal-pathlib: pip install 'lightmeter[remote]'") from error
        bucket, _, key = rest.partition("/")
        root = UPath(f"{scheme}://{bucket}")
        place = cast(Path, root.joinpath(key) if key else root)
        _store(place)  # loads its client, which may not be installed
        return place


def own_name(path: Path) -> str:
    """The last part of a key, the bucket's name where there is no key."""
    return path.name or _key(path).strip("/")


def same(path: Path) -> str:
    """Equal for two spellings of one place."""
    return str(path.parent.joinpath(posixpath.normpath(path.name)))


def joined(folder: Path, given: str) -> Path:
    """A manifest's entry in a store: a URL, or a key relative to the manifest that stays in its bucket."""
    if is_url(given):
        return located(given)
    scheme, _, root = str(folder).partition("://")
    bucket, _, prefix = root.partition("/")
    key = posixpath.normpath(posixpath.join(prefix, given))
    if given.startswith("/") or key == ".." or key.startswith("../"):
        raise SourceError(f"{given!r} is no object of {scheme}://{bucket}: a manifest there names no others")
    return located(f"{scheme}://{bucket}/{key}")


def is_below(path: Path, folder: Path) -> bool:
    """Whether a place is in the store below a folder of it."""
    if not is_remote(path) or _scheme(path) != _scheme(folder):
        return False
    return posixpath.normpath(_key(path)).startswith(posixpath.normpath(_key(folder)) + "/")


def kind(path: Path) -> str:
    """ "file" or "folder". Raises SourceError with the reason where there is neither, or none is shown."""
    with _explained(str(path), _scheme(path)):
        _store(path).invalidate_cache()
        return "file" if _store(path).info(_key(path))["type"] == "file" else "folder"


def objects_below(folder: Path) -> list[Object]:
    """All objects below a prefix, sorted as files below a folder are; hidden ones are left out."""
    prefix = _key(folder).rstrip("/") + "/"
    with _explained(str(folder), _scheme(folder)):
        _store(folder).invalidate_cache()
        found = _store(folder).find(_key(folder), detail=True)
    names = {key: key.removeprefix(prefix) for key in found if not key.endswith("/")}
    objects = [
        Object(PurePosixPath(name), folder.joinpath(name), int(found[key].get("size") or 0))
        for key, name in names.items()
        if name != key and not any(part.startswith(".") for part in name.split("/"))
    ]
    return sorted(objects, key=lambda each: (natural(each.name), str(each.path)))


def expanded(given: Path) -> list[Path]:
    """A URL itself, or the objects and folders that it matches if it is a glob: at least one."""
    parts = str(given).partition("://")[2].split("/")
    magic = next((i for i, part in enumerate(parts) if re.search(r"[*?\[]", part)), None)
    if magic is None or _exists(given):
        return [given]
    if magic == 0:
        raise SourceError(f"{given}: a bucket is named, not matched")
    root = located(f"{_scheme(given)}://{'/'.join(parts[:magic])}")
    objects = [PurePosixPath(each.name) for each in objects_below(root)]
    folders = {above for name in objects for above in name.parents}
    pattern = _pattern(parts[magic:])
    chosen = {each for each in folders if pattern.fullmatch(f"{each}/" if each.name else "")}
    if parts[-1] != "**":
        chosen |= {each for each in {*folders, *objects} if each.name and pattern.fullmatch(f"{each}/")}
        chosen -= {PurePosixPath(".")}
    # As of a local glob: `a/*` beside `a/**` would list its files twice.
    kept = [each for each in chosen if each in folders or not chosen & set(each.parents)]
    if not kept:
        raise SourceError(f"{given}: the glob matches no object")
    return [root.joinpath(str(each)) if each.name else root for each in sorted(kept, key=natural)]


def _pattern(parts: list[str]) -> re.Pattern[str]:
    """A glob over keys that end with a slash; `**` is any number of folders."""
    each = ["(?:[^/]+/)*" if part == "**" else f"(?:{_segment(part)})/" for part in parts]
    return re.compile("".join(each), re.DOTALL)


def _segment(part: str) -> str:
    """fnmatch's pattern of one part, which no slash matches."""
    return fnmatch.translate(part).removeprefix("(?s:").removesuffix(r")\Z").replace(".*", "[^/]*")


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
        return bytes(_store(path).cat_file(_key(path), start=0, end=length))
    except Exception as error:
        raise OSError(str(error)) from error


def _fetched(path: Path, most: int, size: int | None) -> bytes:
    store, key = _store(path), _key(path)
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
                raise UnreadableImage(f"cannot be read: {_line(error)}") from error
        time.sleep(0.25 * 2 ** (_TRIES - again))
    raise UnreadableImage("cannot be read")


@contextmanager
def _explained(url: str, scheme: str) -> Iterator[None]:
    """Whatever a client raises while a PATH is looked up, as one line that says what would be right."""
    try:
        yield
    except LightmeterError:
        raise
    except ImportError as error:
        package = STORES[scheme]
        raise SourceError(f"{url}: needs {package}: pip install 'lightmeter[remote]'") from error
    except FileNotFoundError as error:
        raise SourceError(f"{url}: no such bucket, prefix or object") from error
    except Exception as error:
        rights = _RIGHTS.get("gs" if scheme == "gcs" else scheme, "")
        if isinstance(error, PermissionError) or "Credential" in type(error).__name__:
            raise SourceError(f"{url}: access denied; {rights}") from error
        raise SourceError(f"{url}: cannot be listed: {_line(error)}") from error


def _exists(path: Path) -> bool:
    with _explained(str(path), _scheme(path)):
        return bool(_store(path).exists(_key(path)))


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _store(path: Path) -> Any:
    return cast(Any, path).fs


def _key(path: Path) -> str:
    return str(cast(Any, path).path)


def _scheme(path: Path) -> str:
    return str(path).partition("://")[0]
