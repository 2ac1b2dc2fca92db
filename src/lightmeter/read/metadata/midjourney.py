"""Prompts with flags, as Midjourney writes them into the description: `a portrait --ar 2:3 --v 6.1`."""

from __future__ import annotations

import re

from lightmeter.read.metadata.generation import Generation, seed, text

_FLAGS = (
    "ar aspect v version niji s stylize style seed no q quality c chaos w weird iw cref cw sref sw raw tile",
    "stop p personalize profile repeat r sameseed uplight hd oref ow exp turbo fast relax draft stealth",
)
_FLAG = re.compile(
    rf"\s(?:--|—)({'|'.join(sorted(' '.join(_FLAGS).split(), key=len, reverse=True))})(?=\s|$)"
)
_JOB = re.compile(r"\s*Job ID:\s*[0-9a-f-]{8,40}\s*$", re.IGNORECASE)


def midjourney(description: str) -> Generation | None:
    """What a description says that ends in flags or in a job's number; None for any other."""
    words = " " + _JOB.sub("", description)
    flags = list(_FLAG.finditer(words))
    if not flags and not _JOB.search(description):
        return None
    ends = [*(flag.start() for flag in flags[1:]), len(words)]
    given = (
        {flag[1]: words[flag.end() : end].strip() for flag, end in zip(flags, ends, strict=True)}
        if flags
        else {}
    )
    niji, version = given.get("niji"), given.get("v") or given.get("version")
    return Generation(
        tool="Midjourney",
        prompt=text(words[: flags[0].start()] if flags else words) or "",
        negative=text(given.get("no")),
        seed=seed(given.get("seed")),
        size=given.get("ar") or given.get("aspect") or "",
        model=f"niji {niji}" if niji else f"v{version}" if version else "",
    )
