"""metadata.md: prompts and seeds of files from real tools, beside an independent reader."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from figures import Headline, page, section, share, table
from metering import PICTURES, Meter
from sd_parsers import ParserManager

from lightmeter.read.metadata.generation import Generation
from lightmeter.read.prompts import generation

_HEAD = [
    "tool",
    "files",
    "prompt",
    "negative",
    "seed",
    "model",
    "sd-parsers: prompt",
    "same prompt",
    "same seed",
]


def metadata(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figure."""
    root = meter.data / "meta"
    files = sorted(p for p in root.rglob("*") if p.suffix.lower() in PICTURES)
    found = {file: generation(file, hidden=True) for file in files}
    tools: dict[str, list[Path]] = {}
    for file, made in found.items():
        if made.prompt is not None:
            tools.setdefault(made.tool or "no name in the file", []).append(file)
    read = [file for files in tools.values() for file in files]
    without = [[file.relative_to(root), made.reason] for file, made in found.items() if made.prompt is None]
    theirs = {file: _theirs(file) for file in read}
    rows = [_row(tool, [(found[f], theirs[f]) for f in files]) for tool, files in sorted(tools.items())]
    text = page(
        "Metadata",
        "Files that tools wrote, as `lightmeter meta --hidden` reads them, beside `sd-parsers` on the same "
        "files (its most thorough setting). Prompts are compared without white space, and whole: where a "
        "graph has several samplers, it joins the prompts of all passes and we take those of the first.",
        section("By tool", table(_HEAD, [*rows, _row("all", [(found[f], theirs[f]) for f in read])])),
        section("Without a prompt", table(["file", "reason"], without)),
    )
    seeds = sum(found[file].seed is not None for file in read)
    return text, [
        Headline("prompts and seeds read, of files in which a generator left any", share(seeds, len(read)))
    ]


Theirs = tuple[str, str] | None


def _theirs(file: Path) -> Theirs:
    """Prompt and seed of the first sampler, as `sd-parsers` reads them."""
    from sd_parsers.extractors import Eagerness

    try:
        info = ParserManager(eagerness=Eagerness.EAGER).parse(file)
    except Exception:  # it raises on texts that it does not expect
        return None
    if info is None or not info.samplers or not info.prompts:
        return None
    settings = info.samplers[0].parameters
    return ", ".join(map(str, info.prompts)), str(settings.get("seed", settings.get("noise_seed")))


def _row(tool: str, pairs: Iterable[tuple[Generation, Theirs]]) -> list[object]:
    pairs = list(pairs)
    both = [(ours, theirs) for ours, theirs in pairs if theirs is not None]
    return [
        tool,
        len(pairs),
        *(sum(getattr(ours, name) not in (None, "") for ours, _ in pairs) for name in _HEAD[2:6]),
        len(both),
        f"{sum(_plain(ours.prompt) == _plain(theirs[0]) for ours, theirs in both)} of {len(both)}",
        f"{sum(str(ours.seed) == theirs[1] for ours, theirs in both)} of {len(both)}",
    ]


def _plain(prompt: str | None) -> str:
    return "".join((prompt or "").split()).strip(",")
