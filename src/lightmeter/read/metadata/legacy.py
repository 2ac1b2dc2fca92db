"""What older InvokeAI wrote (`Dream`, `sd-metadata`), by the library `sd-parsers`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lightmeter.read.metadata.bounded import Hostile, loaded
from lightmeter.read.metadata.generation import Generation, number, seed, size, text, whole


def legacy(fields: Mapping[str, str]) -> Iterator[Generation]:
    """By the library's parsers, on our own bounded texts: its extractors decode pixels and have no limits."""
    given = {name: fields[name] for name in ("Dream", "sd-metadata") if name in fields}
    if not given or not all(map(_is_tame, given.values())):
        return
    from sd_parsers.parsers import InvokeAIParser

    try:
        found = InvokeAIParser().parse(given)
    # It raises far more than its own ParserError on texts that are not what it expects.
    except Exception:
        return
    sampler = found.samplers[0]
    settings = sampler.parameters
    model = sampler.model
    yield Generation(
        tool="InvokeAI",
        prompt=text(found.full_prompt),
        negative=text(found.full_negative_prompt),
        seed=seed(settings.get("seed")),
        steps=whole(settings.get("steps")),
        sampler=text(sampler.name) or "",
        cfg=number(settings.get("cfg_scale")),
        size=size(found.metadata.get("width"), found.metadata.get("height")),
        model=(text(model.name) if model is not None else None) or "",
    )


def _is_tame(given: str) -> bool:
    if not given.lstrip().startswith("{"):
        return len(given) < 100_000
    try:
        loaded(given)
    except Hostile:
        return False
    return True
