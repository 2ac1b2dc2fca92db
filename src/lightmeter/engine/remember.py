"""What is kept of a measured batch, so that no later run measures it again."""

from __future__ import annotations

from collections.abc import Sequence

from lightmeter.engine.batch import Result
from lightmeter.engine.cache import Cache, Value
from lightmeter.engine.load import Ready
from lightmeter.engine.plan import Plan


def remember(batch: Sequence[Ready], results: Sequence[Result], plan: Plan, cache: Cache) -> None:
    """Keep the values and portraits of a batch in one transaction; of what failed, nothing."""
    readings: dict[str, Value] = {}
    portraits: dict[str, str] = {}
    for ready, result in zip(batch, results, strict=True):
        if result.portrait is not None:
            digest, prompt = ready.picture.digest, ready.prompt
            readings |= {plan.key(digest, each, prompt): value for each, value in result.values.items()}
            portraits[plan.portrait_key(digest, prompt)] = result.portrait.to_json()
    cache.keep(readings, portraits)
