"""specification.md: what prompts ask, understood by the grammar, against a list made by hand.

The list, `asked_by_hand.csv`, was made by reading the prompts before the grammar was first run on them, and
has not been changed since. It holds phrases, never whole prompts. A phrase counts as found where the grammar
cites words that overlap it, for the measurement of the list; "-" is a wish that nothing can measure. What the
grammar cites besides counts as invented. Of the article in prose, the quoted specifications are read.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from figures import Headline, page, section, share, table
from metering import Meter

from lightmeter.judge.lint import lint
from lightmeter.judge.prompts import Prompt, prompt_file, prompt_of
from lightmeter.judge.specification import Ask, asks_of

_HAND = Path(__file__).with_name("asked_by_hand.csv")
_HELD_OUT = Path(__file__).with_name("asked_held_out.csv")
_FIRST_RUN = (57, 70, 65, 69)
"""Found of the listed, asked of the cited, when the grammar was first run on the held-out prompts."""

_QUOTED = re.compile(r"[“\"]([^“”\"]+)[”\"]")


@dataclass(frozen=True)
class Checked:
    """One prompt: found and missed are (phrase, measurement) of the list; invented are the grammar's own."""

    name: str
    found: list[tuple[str, str]]
    missed: list[tuple[str, str]]
    cited: int
    invented: list[tuple[str, str]]
    vague: int


def specification(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figures."""
    checked = [_checked(*each) for each in _prompts(meter.data, _HAND)]
    later = [_checked(*each) for each in _prompts(meter.data, _HELD_OUT)]
    ours = [c for c in checked if c.name.startswith("articles/")]
    others = [c for c in checked if c not in ours]
    rows = [_row("articles", ours), _row(f"{len(others)} ordinary prompts", others), _row("all", checked)]
    found, listed, asked, cited = _FIRST_RUN
    rows += [
        [f"{len(later)} held-out prompts, first run", share(found, listed), share(asked, cited), "-"],
        _row("the same, now", later),
    ]
    text = page(
        "Prompts as specifications",
        (__doc__ or "").split("\n", 2)[2].replace("\n", " "),
        "The grammar was written knowing these prompts: they show what it covers. How it does on others the "
        "first run on held-out prompts shows, listed by hand (`asked_held_out.csv`) after the grammar was "
        "written; what was missed then has been added since.",
        section(
            "Precision and recall", table(["prompts", "recall", "precision", "vague words (lint)"], rows)
        ),
        section("Missed", table(["prompt", "phrase", "measurement"], _listed([*checked, *later], "missed"))),
        section(
            "Cited besides",
            "Most repeat, in other words, what the list has once; the rest are mistakes.",
            table(["prompt", "words", "measurement"], _listed([*checked, *later], "invented")),
        ),
    )
    return text, [
        Headline("phrases of the articles' prompts understood", _recall(ours)),
        Headline("phrases of ordinary prompts understood", _recall(others)),
        Headline("phrases of held-out prompts understood, first run", share(found, listed)),
        Headline("of what is understood in ordinary prompts, asked indeed", _precision(others)),
    ]


def _prompts(data: Path, hand: Path) -> Iterator[tuple[str, list[tuple[str, str]], Prompt]]:
    with hand.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    with (data / "extra" / "labels.csv").open(encoding="utf-8", newline="") as lines:
        known = {row["path"]: row["prompt"] for row in csv.DictReader(lines)}
    for name in dict.fromkeys(row["prompt"] for row in rows):
        own = [(r["phrase"], r["measurement"]) for r in rows if r["prompt"] == name and r["phrase"]]
        yield name, own, _prompt(name, known, data)


def _prompt(name: str, known: dict[str, str], data: Path) -> Prompt:
    if name in known:
        return prompt_of(known[name])
    folder = data.parent if name.startswith("articles/") else data
    path = next((folder / name).parent.glob(Path(name).name + "*"))
    if path.suffix == ".txt":
        return prompt_of("\n\n".join(_QUOTED.findall(path.read_text(encoding="utf-8"))))
    return prompt_file(path)


def _checked(name: str, phrases: list[tuple[str, str]], prompt: Prompt) -> Checked:
    asks = asks_of(prompt)
    hits = {each: _hits(each, asks, prompt.text) for each in phrases}
    used = {ask for found in hits.values() for ask in found}
    invented = [(ask.words, _measurement(ask)) for ask in asks if ask not in used]
    missed = [each for each in phrases if not hits[each]]
    found = [each for each in phrases if hits[each]]
    return Checked(name, found, missed, len(asks), invented, len(lint(prompt)))


def _hits(phrase: tuple[str, str], asks: tuple[Ask, ...], text: str) -> list[Ask]:
    spans = [found.span() for found in re.finditer(re.escape(phrase[0]), text)]
    return [
        ask
        for ask in asks
        if _measurement(ask) == phrase[1] and any(ask.start < end and start < ask.end for start, end in spans)
    ]


def _measurement(ask: Ask) -> str:
    return ask.wanted.measurement if ask.wanted is not None else "-"


def _row(name: str, checked: list[Checked]) -> list[str]:
    return [name, _recall(checked), _precision(checked), str(sum(c.vague for c in checked))]


def _recall(checked: list[Checked]) -> str:
    found = sum(len(c.found) for c in checked)
    return share(found, found + sum(len(c.missed) for c in checked))


def _precision(checked: list[Checked]) -> str:
    cited = sum(c.cited for c in checked)
    return share(cited - sum(len(c.invented) for c in checked), cited)


def _listed(checked: list[Checked], which: str) -> list[list[str]]:
    return [[c.name, words, name] for c in checked for words, name in getattr(c, which)]
