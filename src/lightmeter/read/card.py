"""Prompt cards: one prompt with its settings, as JSON, YAML, or Markdown with a JSON block."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lightmeter.errors import CardError
from lightmeter.read.document import source_of
from lightmeter.read.metadata.bounded import Hostile, loaded
from lightmeter.read.metadata.generation import Generation
from lightmeter.read.remote import is_remote, place
from lightmeter.read.remote_content import start

_MOST_BYTES = 1 << 20
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_BLOCK = re.compile(r"^(```+|~~~+)[ \t]*(?:json|yaml|yml)[ \t]*\n(.*?)^\1[ \t]*$", re.DOTALL | re.MULTILINE)
_CLOSE = 0.85

Count = Annotated[int, Field(gt=0)]


class Card(BaseModel):
    """One prompt with its settings, ready for any generator. What a card leaves out is None or empty.

    variant: what the card is compared as, such as "naive" or "physical". Keys of other galleries are kept
    (`model_extra`); a key that looks like a slip for one of these is refused.
    """

    model_config = ConfigDict(frozen=True, extra="allow", str_strip_whitespace=True, protected_namespaces=())

    prompt: Annotated[str, Field(min_length=1)]
    negative_prompt: str = ""
    resolution: Annotated[str, Field(pattern=r"^(\d{1,6}x\d{1,6})?$")] = ""
    aspect_ratio: Annotated[str, Field(pattern=r"^(\d{1,6}(\.\d+)?:\d{1,6}(\.\d+)?)?$")] = ""
    quality: str = ""
    steps: Count | None = None
    sampler: str = ""
    cfg_scale: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**64)] | None = None
    model: str = ""
    language: str = ""
    notes: tuple[str, ...] | str = ()
    title: str = ""
    variant: str = ""
    source_url: str = ""

    def generation(self) -> Generation:
        """The card as what is known of an image that was made from it."""
        return Generation(
            prompt=self.prompt,
            negative=self.negative_prompt or None,
            seed=self.seed,
            steps=self.steps,
            sampler=self.sampler,
            cfg=self.cfg_scale,
            size=self.resolution or self.aspect_ratio,
            model=self.model,
        )


def read_card(path: str | Path) -> Card:
    """Read one card: .json, .yaml, .yml or .md. Raises `CardError`, which names each wrong key."""
    path = place(path)
    text = _text(path)
    if path.suffix.lower() == ".json":
        given = _json(text, str(path))
    elif path.suffix.lower() in (".yaml", ".yml"):
        given = _yaml(text, str(path))
    elif path.suffix.lower() == ".md":
        given = _markdown(text, str(path))
    else:
        raise CardError(f"{path}: a card is .json, .yaml, .yml or .md")
    return card_of(given, str(path))


def card_of(given: dict[str, Any], name: str) -> Card:
    """A card from plain values; `name` is what messages call it."""
    slips = [_slip(key) for key in given if key not in Card.model_fields]
    problems = [f"{name}: {slip}" for slip in slips if slip]
    try:
        card = Card.model_validate(given)
    except ValidationError as error:
        problems += [_line(name, dict(each)) for each in error.errors()]
        raise CardError("\n".join(problems)) from error
    if problems:
        raise CardError("\n".join(problems))
    return card


def _slip(key: str) -> str:
    close = get_close_matches(
        key.casefold().replace(" ", "_").replace("-", "_"), Card.model_fields, 1, _CLOSE
    )
    return f"{key}: did you mean {close[0]!r}?" if close else ""


def _line(name: str, error: dict[str, Any]) -> str:
    where = ".".join(map(str, error["loc"]))
    wanted = {"resolution": ' as "1024x1536"', "aspect_ratio": ' as "16:9"'}.get(where, "")
    said = "missing: a card is a prompt with its settings" if error["type"] == "missing" else error["msg"]
    return f"{name}: {where}: {said}{wanted}"


def _text(path: Path) -> str:
    try:
        if not is_remote(path) and not path.is_file():
            raise CardError(f"{path}: no such file")
        data = start(path, _MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise CardError(
                f"{path}: more than {_MOST_BYTES >> 20} MiB; a card is a prompt with its settings"
            )
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise CardError(f"{path}: not UTF-8") from error
    except (OSError, ValueError) as error:
        raise CardError(f"{path}: cannot be read: {error}") from error


def _json(text: str, name: str) -> dict[str, Any]:
    try:
        return _object(loaded(text, repeats=False), name)
    except Hostile as error:
        raise CardError(f"{name}: {error}") from error


def _yaml(text: str, name: str) -> dict[str, Any]:
    source = source_of(text, name, CardError, dates_are_text=True)
    if source.problems:
        raise CardError("\n".join(source.problems))
    return _object(source.data, name)


def _markdown(text: str, name: str) -> dict[str, Any]:
    """Front matter, and the first block with a prompt, which wins where both have a key."""
    front = _FRONT.match(text)
    given = _yaml(front[1], name) if front else {}
    for block in _BLOCK.finditer(text):
        words = _json(block[2], name) if "json" in block[0].split("\n", 1)[0] else _yaml(block[2], name)
        if "prompt" in words:
            return {**given, **words}
    if "prompt" not in given:
        raise CardError(f"{name}: no ```json block with a prompt, and none in the front matter")
    return given


def _object(found: Any, name: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise CardError(f'{name}: not an object; a card is {{"prompt": "...", "seed": 1}}')
    return found
