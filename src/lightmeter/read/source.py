"""One file of a run, and what is known of how it was made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from lightmeter.errors import UnreadableImage
from lightmeter.read.limits import Limits
from lightmeter.read.metadata.generation import Generation
from lightmeter.read.prompts import beside, embedded, generation, variant_name
from lightmeter.read.remote import is_remote
from lightmeter.read.remote_content import content


@dataclass(frozen=True)
class Stored:
    """What is known of an object in a store before it is read, which happens once, by the engine.

    size: by the listing. beside: its sidecars, None where nothing was listed. told: what manifest and
    sidecars tell, None once all is known; the variant is still to be named after it if by_prompt.
    """

    size: int | None = None
    beside: tuple[Path, ...] | None = None
    told: Generation | None = None
    by_prompt: bool = False


@dataclass(frozen=True)
class Source:
    """One file of a run. `image` is its name as given, relative to PATH: valid UTF-8, unique in the run.

    skip: the reason where the file is listed but is not an image ("not an image: text"). path: a UPath in
    a store, and then `stored` holds what is known of the object.
    """

    image: str
    path: Path
    variant: str
    prompt: str | None = None
    seed: int | None = None
    skip: str = ""
    stored: Stored | None = field(default=None, compare=False)


def completed(source: Source, data: bytes) -> Source:
    """A source with what its bytes say of prompt and seed, where that was left for when they are read."""
    stored = source.stored
    if stored is None or stored.told is None:
        return source
    made = stored.told.completed(embedded(data))
    variant = variant_name(made) if stored.by_prompt else source.variant
    told = replace(stored, told=None)
    return replace(source, variant=variant, prompt=made.prompt, seed=made.seed, stored=told)


def told(source: Source, by_prompt: bool, early: bool) -> Source:
    """A source with prompt and seed, and with a variant after them if asked."""
    if source.skip:
        return source
    if is_remote(source.path) and not early:
        known, size = _beside(source), None if source.stored is None else source.stored.size
        stored = Stored(size, (), known, by_prompt)
        return replace(source, prompt=known.prompt, seed=known.seed, stored=stored)
    found = made_by(source)
    variant = variant_name(found) if by_prompt else source.variant
    return replace(source, variant=variant, prompt=found.prompt, seed=found.seed)


def made_by(source: Source, hidden: bool = False) -> Generation:
    """How a source was made, by manifest, sidecars and itself; for `hidden` see `generation`."""
    if source.skip:
        return Generation(reason=source.skip)
    if not is_remote(source.path):
        return generation(source.path, _known(source), hidden)
    found, size = _beside(source), None if source.stored is None else source.stored.size
    try:
        data = content(source.path, Limits().bytes, size)
    except UnreadableImage as error:
        return found.completed(Generation(reason=str(error)))
    return found.completed(embedded(data, hidden and found.prompt is None))


def _beside(source: Source) -> Generation:
    """What a manifest and sidecars tell of an object."""
    listed = None if source.stored is None else source.stored.beside
    return _known(source).completed(beside(source.path, listed))


def _known(source: Source) -> Generation:
    """What a manifest told of a source."""
    told = source.prompt is not None or source.seed is not None
    return Generation(prompt=source.prompt, seed=source.seed, origin="manifest" if told else "")
