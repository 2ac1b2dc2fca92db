"""PATHs as people give them, to the list of images of a run."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TypeVar

from lightmeter.errors import SourceError
from lightmeter.read import remote
from lightmeter.read.folders import expanded, files_below
from lightmeter.read.manifest import SUFFIXES, Entry, is_manifest, read_manifest
from lightmeter.read.metadata.generation import Generation
from lightmeter.read.prompts import SIDECARS, sidecars
from lightmeter.read.remote_listing import Object, expanded_url, kind, objects_below
from lightmeter.read.sniff import why_skipped
from lightmeter.read.source import Source, Stored, made_by, told

S = TypeVar("S")
T = TypeVar("T")

_AT_ONCE = 16
"""Small questions to a store, whose answers come after tens of milliseconds each."""


@dataclass(frozen=True)
class _Found:
    """A source, and the longer name that tells it from others of its name."""

    source: Source
    full: str


def find(
    paths: Sequence[str | Path], variants: str = "folder", confined: bool = False, *, early: bool = False
) -> list[Source]:
    """The images that PATHs name: files, folders, globs and manifests (.csv, .jsonl), in order.

    variants: "folder" (the first folder below PATH, else PATH's own name), "metadata" (equal prompt,
    negative prompt and model, see `variant_name`), or a manifest that gives variant, prompt and seed of
    images found by PATH. What no manifest tells of prompt and seed is read beside and in each file.
    confined: a manifest may name files below its own folder only. early: also read now what images in
    stores say of themselves, which reads them twice.
    Raises `SourceError` where a PATH or manifest names no images.
    """
    if variants in ("folder", "metadata"):
        sources, by_prompt = listed(paths, confined), variants == "metadata"
    else:
        sources, by_prompt = _labelled(listed(paths, confined), remote.place(variants)), False
    afar = any(remote.is_remote(source.path) for source in sources)
    return _each(lambda source: told(source, by_prompt, early), sources, afar)


def _each(work: Callable[[S], T], items: Iterable[S], at_once: bool) -> list[T]:
    """`work` of each item, in order; several at once where each waits for a store."""
    if not at_once:
        return [work(item) for item in items]
    with ThreadPoolExecutor(_AT_ONCE, "lightmeter-list") as pool:
        return list(pool.map(work, items))


def listed(paths: Sequence[str | Path], confined: bool = False) -> list[Source]:
    """As `find`, by folder, and without looking into the files."""
    given = [part for path in paths for part in _expanded(remote.place(path))]
    if not given:
        raise SourceError("no PATH: give an image, a folder, a glob or a manifest (.csv, .jsonl)")
    arms = _arm_names(given)
    found = [one for path in given for one in _of(path, arms[path], confined, alone=len(given) == 1)]
    found = list({(one.source.path, one.full): one for one in found}.values())  # `a` and `a/x.png`
    return _unique(found)


def _expanded(path: Path) -> list[Path]:
    return expanded_url(path) if remote.is_remote(path) else expanded(path)


def _arm_names(given: list[Path]) -> dict[Path, str]:
    """Variant of the files directly in each PATH: its own name, or all of it where names would merge."""
    names = {path: _own_name(path) for path in given}
    folders = {path for path in names if _is_folder(path)}
    shared = Counter(names[path] for path in folders)
    return {path: str(path) if path in folders and shared[name] > 1 else name for path, name in names.items()}


def _is_folder(path: Path) -> bool:
    return kind(path) == "folder" if remote.is_remote(path) else path.is_dir()


def _own_name(path: Path) -> str:
    if remote.is_remote(path):
        return remote.own_name(path)
    return Path(os.path.normpath(path.absolute())).name  # what "." and "a/.." are called


def _of(path: Path, arm: str, confined: bool, *, alone: bool) -> list[_Found]:
    if _is_folder(path):
        return _of_folder(path, arm, alone=alone)
    if remote.is_remote(path) or path.is_file():
        return _of_manifest(path, confined, alone=alone) if is_manifest(path) else [_of_file(path)]
    if os.path.lexists(path):
        raise SourceError(f"{path}: neither a file nor a folder")
    raise SourceError(f"{path}: no such file or folder")


def _of_file(path: Path) -> _Found:
    source = Source(_text(path.as_posix()), path, _text(_own_name(path.parent)), skip=why_skipped(path))
    return _Found(source, source.image)


def _of_folder(folder: Path, arm: str, *, alone: bool) -> list[_Found]:
    listing = _below(folder)
    skips = _each(lambda each: why_skipped(each.path), listing, remote.is_remote(folder))
    kept = list(zip(listing, skips, strict=True))
    images = {stem for each, skip in kept if not skip for stem in (each.name, each.name.with_suffix(""))}
    kept = [(each, skip) for each, skip in kept if not (skip and _is_sidecar(each.name, images))]
    if not kept:
        raise SourceError(f"{folder}: a folder with no images in it")
    found = []
    every = {each.name for each in listing}
    for (name, path, size), skip in kept:
        full = _text(path.as_posix())
        variant = name.parts[0] if len(name.parts) > 1 else arm
        image = _text(name.as_posix()) if alone else full
        stored = _stored(name, path, size, every) if remote.is_remote(path) else None
        found.append(_Found(Source(image, path, _text(variant), skip=skip, stored=stored), full))
    return found


def _stored(name: PurePath, path: Path, size: int | None, every: set[PurePath]) -> Stored:
    """What a listing tells of an object: its size, and which of the others are its sidecars."""
    beside = [path.with_name(each) for each in sidecars(name) if name.with_name(each) in every]
    return Stored(size, tuple(beside))


def _below(folder: Path) -> Sequence[Object]:
    if remote.is_remote(folder):
        return objects_below(folder)
    return [Object(name, folder / name, None) for name in files_below(folder)]


def _is_sidecar(name: PurePath, images: set[PurePath]) -> bool:
    """Whether a text file belongs to an image: "a.txt" or "a.png.txt" beside "a.png"."""
    return name.suffix.lower() in SIDECARS and name.with_suffix("") in images


def _of_manifest(manifest: Path, confined: bool, *, alone: bool) -> list[_Found]:
    found = []
    for entry in read_manifest(manifest, confined):
        full = _text(entry.path.as_posix())
        variant = _entry_folder(entry, manifest) if entry.variant is None else entry.variant
        image = _text(entry.given) if alone else full
        found.append(_Found(Source(image, entry.path, _text(variant), *_words(entry)), full))
    return found


def _entry_folder(entry: Entry, manifest: Path) -> str:
    """The variant of an entry of a manifest that has no such column: by folder, as for a PATH."""
    given = Path(entry.given)
    if remote.is_url(entry.given):
        return _own_name(entry.path.parent)
    if given.is_absolute() or ".." in given.parts:
        return _own_name(entry.path.parent)
    return given.parts[0] if len(given.parts) > 1 else _own_name(manifest.parent)


def _words(entry: Entry) -> tuple[str | None, int | None]:
    return None if entry.prompt is None else _text(entry.prompt), entry.seed


def _labelled(sources: list[Source], manifest: Path) -> list[Source]:
    there = remote.is_remote(manifest) or manifest.is_file()
    if not is_manifest(manifest) or not there:
        kinds = " or ".join(SUFFIXES)
        raise SourceError(f"variants {str(manifest)!r}: give `folder`, `metadata` or a manifest ({kinds})")
    entries = {_real(entry.path): entry for entry in read_manifest(manifest)}
    return [_relabelled(source, entries.get(_real(source.path))) for source in sources]


def _real(path: Path) -> str:
    return str(path) if remote.is_remote(path) else os.path.realpath(path)


def _relabelled(source: Source, entry: Entry | None) -> Source:
    if entry is None:
        return replace(source, variant="")
    prompt, seed = _words(entry)
    return replace(
        source,
        variant=_text(entry.variant or ""),
        prompt=source.prompt if prompt is None else prompt,
        seed=source.seed if seed is None else seed,
    )


def made(paths: Sequence[str | Path], hidden: bool = False) -> list[tuple[str, Generation]]:
    """The images that PATHs name, and how each was made; for `hidden` see `generation`."""
    return [(source.image, made_by(source, hidden)) for source in listed(paths)]


def _unique(found: list[_Found]) -> list[Source]:
    """Where names collide, use the longer ones; where these do too (escaped names), number them."""
    names = Counter(one.source.image for one in found)
    taken: set[str] = set()
    sources = []
    for one in found:
        base = one.source.image if names[one.source.image] == 1 else one.full
        image, n = base, 2
        while image in taken:
            image, n = f"{base} ({n})", n + 1
        taken.add(image)
        sources.append(replace(one.source, image=image))
    return sources


def _text(name: str) -> str:
    """A file name, which may be any bytes, as valid UTF-8 text."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
