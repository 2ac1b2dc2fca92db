"""PATHs as people give them, to the list of images of a run."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lightmeter.errors import SourceError
from lightmeter.read.folders import expanded, files_below
from lightmeter.read.manifest import SUFFIXES, Entry, is_manifest, read_manifest
from lightmeter.read.metadata.generation import Generation
from lightmeter.read.prompts import SIDECARS, generation, variant_name
from lightmeter.read.sniff import why_skipped


@dataclass(frozen=True)
class Source:
    """One file of a run. `image` is its name as given, relative to PATH: valid UTF-8, unique in the run.

    skip: the reason where the file is listed but is not an image ("not an image: text").
    """

    image: str
    path: Path
    variant: str
    prompt: str | None = None
    seed: int | None = None
    skip: str = ""


@dataclass(frozen=True)
class _Found:
    """A source, and the longer name that tells it from others of its name."""

    source: Source
    full: str


def find(paths: Sequence[str | Path], variants: str = "folder", confined: bool = False) -> list[Source]:
    """The images that PATHs name: files, folders, globs and manifests (.csv, .jsonl), in order.

    variants: "folder" (the first folder below PATH, else PATH's own name), "metadata" (equal prompt,
    negative prompt and model, see `variant_name`), or a manifest that gives variant, prompt and seed of
    images found by PATH. What no manifest tells of prompt and seed is read beside and in each file.
    confined: a manifest may name files below its own folder only.
    Raises `SourceError` where a PATH or manifest names no images.
    """
    if variants in ("folder", "metadata"):
        return [_told(source, variants == "metadata") for source in listed(paths, confined)]
    return [_told(source, False) for source in _labelled(listed(paths, confined), Path(variants))]


def listed(paths: Sequence[str | Path], confined: bool = False) -> list[Source]:
    """As `find`, by folder, and without looking into the files."""
    given = [part for path in paths for part in expanded(Path(path))]
    if not given:
        raise SourceError("no PATH: give an image, a folder, a glob or a manifest (.csv, .jsonl)")
    arms = _arm_names(given)
    found = [one for path in given for one in _of(path, arms[path], confined, alone=len(given) == 1)]
    found = list({(one.source.path, one.full): one for one in found}.values())  # `a` and `a/x.png`
    return _unique(found)


def _arm_names(given: list[Path]) -> dict[Path, str]:
    """Variant of the files directly in each PATH: its own name, or all of it where names would merge."""
    names = {path: _own_name(path) for path in given}
    shared = Counter(names[path] for path in names if path.is_dir())
    return {path: str(path) if path.is_dir() and shared[name] > 1 else name for path, name in names.items()}


def _own_name(path: Path) -> str:
    return Path(os.path.normpath(path.absolute())).name  # what "." and "a/.." are called


def _of(path: Path, arm: str, confined: bool, *, alone: bool) -> list[_Found]:
    if path.is_dir():
        return _of_folder(path, arm, alone=alone)
    if path.is_file():
        return _of_manifest(path, confined, alone=alone) if is_manifest(path) else [_of_file(path)]
    if os.path.lexists(path):
        raise SourceError(f"{path}: neither a file nor a folder")
    raise SourceError(f"{path}: no such file or folder")


def _of_file(path: Path) -> _Found:
    source = Source(_text(path.as_posix()), path, _text(_own_name(path.parent)), skip=why_skipped(path))
    return _Found(source, source.image)


def _of_folder(folder: Path, arm: str, *, alone: bool) -> list[_Found]:
    names = files_below(folder)
    skips = {name: why_skipped(folder / name) for name in names}
    images = {stem for name in names if not skips[name] for stem in (name, name.with_suffix(""))}
    names = [name for name in names if not (skips[name] and _is_sidecar(name, images))]
    if not names:
        raise SourceError(f"{folder}: a folder with no images in it")
    found = []
    for name in names:
        path = folder / name
        full = _text(path.as_posix())
        variant = name.parts[0] if len(name.parts) > 1 else arm
        image = _text(name.as_posix()) if alone else full
        found.append(_Found(Source(image, path, _text(variant), skip=skips[name]), full))
    return found


def _is_sidecar(name: Path, images: set[Path]) -> bool:
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
    if given.is_absolute() or ".." in given.parts:
        return _own_name(entry.path.parent)
    return given.parts[0] if len(given.parts) > 1 else _own_name(manifest.parent)


def _words(entry: Entry) -> tuple[str | None, int | None]:
    return None if entry.prompt is None else _text(entry.prompt), entry.seed


def _labelled(sources: list[Source], manifest: Path) -> list[Source]:
    if not is_manifest(manifest) or not manifest.is_file():
        kinds = " or ".join(SUFFIXES)
        raise SourceError(f"variants {str(manifest)!r}: give `folder`, `metadata` or a manifest ({kinds})")
    entries = {os.path.realpath(entry.path): entry for entry in read_manifest(manifest)}
    return [_relabelled(source, entries.get(os.path.realpath(source.path))) for source in sources]


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
    return [(source.image, _made(source, hidden)) for source in listed(paths)]


def _made(source: Source, hidden: bool = False) -> Generation:
    if source.skip:
        return Generation(reason=source.skip)
    return generation(source.path, _known(source), hidden)


def _known(source: Source) -> Generation:
    """What a manifest told of a source."""
    told = source.prompt is not None or source.seed is not None
    return Generation(prompt=source.prompt, seed=source.seed, origin="manifest" if told else "")


def _told(source: Source, by_prompt: bool) -> Source:
    """A source with prompt and seed, and with a variant after them if asked."""
    if source.skip:
        return source
    found = _made(source)
    variant = variant_name(found) if by_prompt else source.variant
    return replace(source, variant=variant, prompt=found.prompt, seed=found.seed)


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
