"""Places in object stores: s3://, gs://, hf:// and what else fsspec knows, through UPath.

A place in a store is a UPath, which has a Path's methods without being one; so `Source.path` is typed as
Path throughout, and `is_remote` tells them apart. Keys are strangers' text: they are joined to their
prefix as they stand, never resolved, and never become a local path.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any, cast

from lightmeter.errors import LightmeterError, SourceError

STORES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "hf": "huggingface_hub", "memory": "fsspec"}
"""Scheme -> the package that speaks to the store. A closed list: `file://`, `ssh://` and chains of fsspec's
("zip::...") are no places for images. "memory" is fsspec's own, within the process."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/")
_RIGHTS = {
    "s3": "give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; for a public bucket "
    "FSSPEC_S3_ANON=true",
    "gs": "give GOOGLE_APPLICATION_CREDENTIALS, for a public bucket FSSPEC_GS_TOKEN=anon",
    "hf": "give HF_TOKEN, or log in with `hf auth login`",
}


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
    with explained(url, scheme):
        try:
            from upath import UPath
        except ImportError as error:
            raise SourceError(f"{url}: needs universal-pathlib: pip install 'lightmeter[remote]'") from error
        bucket, _, key = rest.partition("/")
        root = UPath(f"{scheme}://{bucket}")
        place = cast(Path, root.joinpath(key) if key else root)
        store_of(place)  # loads its client, which may not be installed
        return place


def own_name(path: Path) -> str:
    """The last part of a key, the bucket's name where there is no key."""
    return path.name or key_of(path).strip("/")


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
    if not is_remote(path) or scheme_of(path) != scheme_of(folder):
        return False
    return posixpath.normpath(key_of(path)).startswith(posixpath.normpath(key_of(folder)) + "/")


@contextmanager
def explained(url: str, scheme: str) -> Iterator[None]:
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
        raise SourceError(f"{url}: cannot be listed: {line_of(error)}") from error


def line_of(error: Exception) -> str:
    """What a client says, as one short line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def store_of(path: Path) -> Any:
    """fsspec's client of a place in a store."""
    return cast(Any, path).fs


def key_of(path: Path) -> str:
    """A place in its store, as that names it."""
    return str(cast(Any, path).path)


def scheme_of(path: Path) -> str:
    """ "s3" of s3://..."""
    return str(path).partition("://")[0]
