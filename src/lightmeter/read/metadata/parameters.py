"""JSON that names its settings: InvokeAI, NovelAI, Fooocus, SwarmUI, TensorArt, Draw Things, cards.

Each tool has its own words for the same few things, so one table of words reads them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lightmeter.read.metadata.generation import Generation, number, seed, size, text, whole

# Compared without case, spaces, "_" and "-". The first word found with a usable value wins.
_PROMPT = ("prompt", "positiveprompt", "positive", "basecaption", "c")
_NEGATIVE = ("negativeprompt", "negative", "uc", "undesiredcontent")
_SEED = ("seed", "noiseseed", "manualseed")
_STEPS = ("steps", "numinferencesteps", "numsteps")
_SAMPLER = ("sampler", "samplername", "ksamplername", "scheduler")
_CFG = ("cfgscale", "guidancescale", "cfg", "guidance", "scale")
_MODEL = ("model", "basemodel", "basemodelname", "modelname", "checkpoint", "modelweights")
_SIZE = ("resolution", "size")
_RATIO = ("aspectratio",)
_INSIDE = ("suiimageparams", "image", "parameters", "meta", "metadata", "request")
"""Objects that some tools wrap it all in."""

_NAMED = ("name", "modelname", "label", "modelfilename")


def parameters(given: Mapping[str, Any], tool: str) -> Generation | None:
    """What a JSON object says; None where it has no prompt in any known words."""
    words = {_plain(key): value for key, value in given.items()}
    prompt = _first(words, _PROMPT, _prompt)
    if prompt is None:
        inner = next((words[name] for name in _INSIDE if isinstance(words.get(name), dict)), None)
        if inner is None or any(_plain(key) in _INSIDE for key in inner):
            return None
        found = parameters(inner, tool)
        outer = _settings(words, tool)
        return found.completed(outer) if found is not None else None
    return _settings(words, tool).completed(Generation(prompt=prompt))


def _settings(words: Mapping[str, Any], tool: str) -> Generation:
    return Generation(
        tool=tool,
        negative=_first(words, _NEGATIVE, _prompt),
        seed=_first(words, _SEED, seed),
        steps=_first(words, _STEPS, whole),
        sampler=_first(words, _SAMPLER, text) or "",
        cfg=_first(words, _CFG, number),
        size=size(words.get("width"), words.get("height")) or _size(words),
        model=_first(words, _MODEL, _model) or "",
    )


def _first(words: Mapping[str, Any], names: tuple[str, ...], read: Any) -> Any:
    return next((found for name in names if (found := read(words.get(name))) is not None), None)


def _plain(key: str) -> str:
    return key.casefold().replace("_", "").replace(" ", "").replace("-", "")


def _prompt(value: object) -> str | None:
    """Text, a list of texts, or NovelAI's V4 object of captions."""
    if isinstance(value, dict):
        caption = value.get("caption", value)
        value = caption.get("base_caption") if isinstance(caption, dict) else caption
    return text(value)


def _model(value: object) -> str | None:
    if isinstance(value, dict):
        words = {_plain(key): inner for key, inner in value.items()}
        return _first(words, _NAMED, text)  # type: ignore[no-any-return]
    return text(value)


def _size(words: Mapping[str, Any]) -> str:
    given = _first(words, _SIZE, text)
    if given is not None:
        return str(given).replace(" ", "").replace("×", "x").strip("()").replace(",", "x")
    return str(_first(words, _RATIO, text) or "")
