"""What lies below a prefix of a store, and which objects a glob matches."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path, PurePath, PurePosixPath
from typing import NamedTuple

from lightmeter.errors import SourceError
from lightmeter.read.folders import natural
from lightmeter.read.remote import explained, key_of, located, scheme_of, store_of


class Object(NamedTuple):
    """One object below a prefix: its name relative to that, its place, and its size by the listing."""

    name: PurePath
    path: Path
    size: int | None


def kind(path: Path) -> str:
    """ "file" or "folder". Raises SourceError with the reason where there is neither, or none is shown."""
    with explained(str(path), scheme_of(path)):
        store_of(path).invalidate_cache()
        return "file" if store_of(path).info(key_of(path))["type"] == "file" else "folder"


def objects_below(folder: Path) -> list[Object]:
    """All objects below a prefix, sorted as files below a folder are; hidden ones are left out."""
    prefix = key_of(folder).rstrip("/") + "/"
    with explained(str(folder), scheme_of(folder)):
        store_of(folder).invalidate_cache()
        found = store_of(folder).find(key_of(folder), detail=True)
    names = {key: key.removeprefix(prefix) for key in found if not key.endswith("/")}
    objects = [
        Object(PurePosixPath(name), folder.joinpath(name), int(found[key].get("size") or 0))
        for key, name in names.items()
        if name != key and not any(part.startswith(".") for part in name.split("/"))
    ]
    return sorted(objects, key=lambda each: (natural(each.name), str(each.path)))


def expanded_url(given: Path) -> list[Path]:
    """A URL itself, or the objects and folders that it matches if it is a glob: at least one."""
    parts = str(given).partition("://")[2].split("/")
    magic = next((i for i, part in enumerate(parts) if re.search(r"[*?\[]", part)), None)
    if magic is None or _exists(given):
        return [given]
    if magic == 0:
        raise SourceError(f"{given}: a bucket is named, not matched")
    root = located(f"{scheme_of(given)}://{'/'.join(parts[:magic])}")
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


def _exists(path: Path) -> bool:
    with explained(str(path), scheme_of(path)):
        return bool(store_of(path).exists(key_of(path)))
