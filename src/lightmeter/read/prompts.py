"""How an image was made: what a manifest tells, then the file beside it, then the file itself."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from pathlib import Path, PurePath

from lightmeter.errors import CardError
from lightmeter.read.card import read_card
from lightmeter.read.metadata.bounded import json_object
from lightmeter.read.metadata.container import texts_in, texts_of
from lightmeter.read.metadata.dialects import generation_in, generation_of
from lightmeter.read.metadata.exif import unicode
from lightmeter.read.metadata.generation import Generation, text
from lightmeter.read.metadata.texts import Texts
from lightmeter.read.remote_content import start

SIDECARS = (".json", ".txt", ".md", ".yaml", ".yml")
"""What the text beside an image is called: "a.png.txt" or "a.txt" beside "a.png"."""

_NOTHING = Generation()
_MOST_SIDECAR = 1 << 20
_MOST_WORDS = 24


def generation(image: Path, known: Generation = _NOTHING, hidden: bool = False) -> Generation:
    """What is known of an image, and else what is beside and in it, field by field. Raises nothing.

    hidden: also decode the pixels and look for text in the lowest bits of alpha.
    """
    found = known.completed(beside(image)).completed(_inside(image))
    if hidden and found.prompt is None:
        found = found.completed(_under(image))
    return found


def variant_name(made: Generation) -> str:
    """The first words of the prompt, then six digits of a digest of prompt, negative prompt and model.

    Images of equal prompt and model share it whatever their seeds, and it does not depend on the other
    images of a run, so that two runs can be compared. "no prompt" where neither is known.
    """
    if made.prompt is None and not made.model:
        return "no prompt"
    parts = [" ".join((part or "").split()) for part in (made.prompt, made.negative, made.model)]
    words = re.findall(r"\w+", (parts[0] or parts[2]).casefold())
    start = words[0][:_MOST_WORDS] if words else "prompt"
    for word in words[1:]:
        if len(start) + 1 + len(word) > _MOST_WORDS:
            break
        start += f"-{word}"
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()
    return f"{start}-{digest[:6]}"


def sidecars(image: PurePath) -> list[str]:
    """What the sidecars of an image may be called."""
    names = [f"{stem}{suffix}" for stem in (image.name, image.stem) for suffix in SIDECARS]
    return [name for name in dict.fromkeys(names) if name != image.name]


def beside(image: Path, listed: Sequence[Path] | None = None) -> Generation:
    """What the sidecars of an image tell; those `listed`, or those that are there."""
    found = Generation()
    for path in [image.with_name(name) for name in sidecars(image)] if listed is None else listed:
        try:
            if listed is not None or path.is_file():
                found = found.completed(_sidecar(path))
        except (OSError, ValueError) as error:
            found = found.completed(Generation(reason=f"{path.name}: cannot be read: {error}"))
    return found


def embedded(data: bytes, hidden: bool = False) -> Generation:
    """What an image's bytes tell; for `hidden` see `generation`."""
    made = _of_texts(texts_in(io.BytesIO(data)))
    return made.completed(_under(data)) if hidden and made.prompt is None else made


def _sidecar(path: Path) -> Generation:
    origin = f"sidecar {path.name}"
    data = start(path, _MOST_SIDECAR + 1)
    if len(data) > _MOST_SIDECAR:
        return Generation(reason=f"{path.name}: more than {_MOST_SIDECAR >> 20} MiB")
    if path.suffix.lower() in (".md", ".yaml", ".yml"):
        try:
            return Generation(origin=origin).completed(read_card(path).generation())
        except CardError as error:
            return Generation(reason=str(error).splitlines()[0])
    written = unicode(data.removeprefix(b"\xef\xbb\xbf"))
    made = generation_in(written)
    if made is None and path.suffix.lower() == ".txt" and not json_object(written):
        made = Generation(prompt=text(written))
    if made is None or not made:
        return Generation(reason=f"{path.name}: no prompt in it")
    return Generation(origin=origin).completed(made)


def _inside(image: Path) -> Generation:
    try:
        if not image.is_file():
            return Generation(reason="not a file")
        texts = texts_of(image)
    except (OSError, ValueError) as error:
        return Generation(reason=f"cannot be read: {getattr(error, 'strerror', None) or error}")
    return _of_texts(texts)


def _of_texts(texts: Texts) -> Generation:
    made = generation_of(texts.fields)
    if made:
        return Generation(origin="embedded", reason="" if made.prompt else "settings only").completed(made)
    return Generation(reason=_why(texts))


def _under(image: Path | bytes) -> Generation:
    from lightmeter.read.metadata.stealth import stealth_text

    words = stealth_text(image)
    if words is None:
        return Generation()
    fields = {name: value for name, value in json_object(words).items() if isinstance(value, str)}
    made = generation_of(fields) if fields else generation_in(words)
    return Generation(origin="hidden in alpha").completed(made) if made else Generation()


def _why(texts: Texts) -> str:
    """Why there is no prompt in a file."""
    if texts.notes:
        return f"{texts.format}: {'; '.join(texts.notes[:3])}"
    if not texts.fields:
        return f"no generation metadata ({texts.format})"
    return f"no prompt among its texts ({texts.format}: {', '.join(list(texts.fields)[:6])})"
