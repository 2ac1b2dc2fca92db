"""Texts of a file to what they say: each tool's own field first, then fields that anyone may have written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lightmeter.read.metadata.a1111 import a1111
from lightmeter.read.metadata.bounded import json_object
from lightmeter.read.metadata.comfy import comfy
from lightmeter.read.metadata.comfy_graph import edited, executed
from lightmeter.read.metadata.generation import Generation, text
from lightmeter.read.metadata.legacy import legacy
from lightmeter.read.metadata.midjourney import midjourney
from lightmeter.read.metadata.parameters import parameters

Fields = Mapping[str, str]

_COMMENTS = ("parameters", "UserComment", "xmp:UserComment", "xmp:parameters", "Comment", "XPComment")
_DESCRIPTIONS = ("Description", "ImageDescription", "xmp:description", "iptc:Caption", "XPSubject", "XPTitle")
_GRAPHS = (("prompt", executed), ("workflow", edited))
_HIDDEN = ("Make", "Model", "ImageDescription", "UserComment")
"""EXIF tags in which ComfyUI's WebP and JPEG nodes write "prompt:{...}" and "workflow:{...}"."""


def generation_of(fields: Fields) -> Generation:
    """All that the texts say: the first tool that is recognised, completed by what the others add."""
    found = Generation()
    for read in (_invokeai, _novelai, _named, _commented, _graphs, _described, _iptc, legacy):
        for each in read(fields):
            found = found.completed(each) if found.prompt is not None else each.completed(found)
    return found


def generation_in(given: str) -> Generation | None:
    """What one text says, if some tool writes such: settings as text, JSON, a graph, flags."""
    words = json_object(given)
    if words:
        return _of_json(words)
    return a1111(given) or midjourney(given)


def _of_json(words: Mapping[str, Any]) -> Generation | None:
    for read in (executed, edited):
        found = comfy(read(words))
        if found is not None:
            return found
    if isinstance(words.get("prompt"), dict):  # {"prompt": graph, "workflow": ...}
        found = comfy(executed(words["prompt"]))
        if found is not None:
            return found
    return parameters(words, _tool(words))


def _tool(words: Mapping[str, Any]) -> str:
    marks = {
        "sui_image_params": "SwarmUI",
        "app_version": "InvokeAI",
        "generation_mode": "InvokeAI",
        "base_model_hash": "Fooocus",
        "ksamplerName": "TensorArt",
        "v2": "Draw Things",
    }
    named = words.get("software") or words.get("tool")
    return named if isinstance(named, str) else next((t for key, t in marks.items() if key in words), "")


def _invokeai(fields: Fields) -> Iterator[Generation]:
    yield from _some(parameters(json_object(fields.get("invokeai_metadata")), "InvokeAI"))


def _novelai(fields: Fields) -> Iterator[Generation]:
    outer = json_object(fields.get("UserComment"))  # its WebP files hold the PNG's fields as JSON
    words = (
        {**fields, **{k: v for k, v in outer.items() if isinstance(v, str)}} if "Comment" in outer else fields
    )
    source = words.get("Source", "") or (words.get("Software", "") if "Comment" in outer else "")
    if not ("NovelAI" in words.get("Software", "") or "NovelAI" in source):
        return
    given = json_object(words.get("Comment"))
    described = Generation(prompt=text(words.get("Description")), model=source)
    found = parameters(given, "NovelAI") or parameters({"prompt": described.prompt, **given}, "NovelAI")
    yield from _some(found and found.completed(described))


def _named(fields: Fields) -> Iterator[Generation]:
    yield from _some(parameters(json_object(_object(fields.get("generation_data"))), "TensorArt"))


def _object(given: str | None) -> str | None:
    return None if given is None else given[: given.rfind("}") + 1]


def _commented(fields: Fields) -> Iterator[Generation]:
    for name in _COMMENTS:
        if name in fields:
            yield from _some(generation_in(fields[name]))


def _graphs(fields: Fields) -> Iterator[Generation]:
    hidden = dict(_split(fields[name]) for name in _HIDDEN if name in fields)
    for name, read in _GRAPHS:
        yield from _some(comfy(read(json_object(fields.get(name) or hidden.get(name)))))


def _split(value: str) -> tuple[str, str]:
    name, _, rest = value.partition(":")
    return name.strip().casefold(), rest


def _described(fields: Fields) -> Iterator[Generation]:
    for name in _DESCRIPTIONS:
        if name in fields:
            yield from _some(midjourney(fields[name]) or a1111(fields[name]))


def _iptc(fields: Fields) -> Iterator[Generation]:
    """IPTC 2025.1: AI Prompt Information, AI System Used."""
    prompt = text(fields.get("xmp:AIPromptInformation"))
    if prompt is not None:
        yield Generation(tool=fields.get("xmp:AISystemUsed", "IPTC"), prompt=prompt)


def _some(found: Generation | None) -> Iterator[Generation]:
    if found is not None:
        yield found
